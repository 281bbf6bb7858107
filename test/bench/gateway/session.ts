/**
 * One client's connection to the bench gateway. All but two things are served as the simulated
 * gateway serves them: when an order has been read is noted before anything is done with it, and
 * ticks go out as bytes that were made beforehand, so that the clock stands beside the socket.
 */

import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import type { Client } from '../../../src/gateway/tws/client.ts';
import { decodeRequest } from '../../../src/gateway/tws/decode.ts';
import { encodeError } from '../../../src/gateway/tws/encode.ts';
import { addressed, tickPrice } from '../../../src/gateway/tws/encode-ticks.ts';
import {
  encodeFrame,
  FrameReader,
  type Message,
  splitFields,
} from '../../../src/gateway/tws/framing.ts';
import { API_PREFIX, encodeHello, negotiate } from '../../../src/gateway/tws/handshake.ts';
import { Instruments } from '../../../src/gateway/tws/instruments.ts';
import { Outbox } from '../../../src/gateway/tws/outbox.ts';
import type { ClientRequest } from '../../../src/gateway/tws/requests.ts';
import { ClientService } from '../../../src/gateway/tws/service.ts';
import type { TickBlock } from '../../../src/gateway/tws/tick-block.ts';
import { CLIENT, LIVE_TICKS } from '../../../src/gateway/tws/wire-ids.ts';
import { MAX_LINES } from '../../../src/limits.ts';
import { type BenchWorld, UNDERLYING_ID } from './world.ts';

const VERSION_CAP = 178;
const PLACE_ORDER = `${CLIENT.placeOrder}\0`;
const QUOTE_SIZE = 400;

export interface SessionEvents {
  /** The bytes of an order have been read, at `at` ms. */
  orderRead(session: GatewaySession, at: number): void;
  closed(session: GatewaySession): void;
}

/** The clock of both stamps. */
export function stamp(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

export class GatewaySession implements Client {
  clientId = -1;
  version = 0;
  /** The ticker ids of its lines, by contract. */
  readonly tickerIds = new Map<number, number>();
  readonly #socket: Socket;
  readonly #world: BenchWorld;
  readonly #events: SessionEvents;
  readonly #reader = new FrameReader();
  #service: ClientService | null = null;
  #greeted = false;
  #outbound: Buffer[] = [];

  constructor(socket: Socket, world: BenchWorld, events: SessionEvents) {
    this.#socket = socket;
    this.#world = world;
    this.#events = events;
    socket.setNoDelay(true);
    socket.on('data', (chunk) => this.#receive(chunk));
    socket.on('error', () => undefined);
    const unlisten = world.listen((event) => this.#service?.hear(event));
    socket.on('close', () => {
      unlisten();
      this.#service?.close();
      events.closed(this);
    });
  }

  /** The bytes of a tick that sets bid and ask of an underlying around `mid`. */
  tickBytes(mid: number, conId = UNDERLYING_ID): Buffer {
    const tickerId = this.tickerIds.get(conId);
    assert(tickerId !== undefined, 'the underlying is watched');
    const price = (type: number, offset: number): Buffer => {
      const value = Math.round((mid + offset) * 100) / 100;
      return encodeFrame(addressed(tickPrice(type, value, QUOTE_SIZE, 'quote'), tickerId));
    };
    return Buffer.concat([price(LIVE_TICKS.bid, -0.01), price(LIVE_TICKS.ask, 0.01)]);
  }

  /** Writes now; returns the time just before. */
  writeTick(bytes: Buffer): number {
    const at = stamp();
    this.#socket.write(bytes);
    return at;
  }

  /** Bytes that the other side has not taken yet. */
  get unread(): number {
    return this.#socket.writableLength;
  }

  send(message: Message): void {
    if (this.#outbound.length === 0) queueMicrotask(() => this.#flush());
    this.#outbound.push(encodeFrame(message));
  }

  sendTicks(block: TickBlock, id: string): void {
    if (this.#outbound.length === 0) queueMicrotask(() => this.#flush());
    const outbox = new Outbox();
    outbox.ticks(block, id);
    this.#outbound.push(outbox.take());
  }

  error(id: number, code: number, text: string): void {
    this.send(encodeError(this.version, id, code, text));
  }

  #flush(): void {
    const bytes = Buffer.concat(this.#outbound);
    this.#outbound = [];
    if (this.#socket.writable) this.#socket.write(bytes);
  }

  #receive(chunk: Buffer): void {
    const at = stamp();
    this.#reader.push(chunk);
    if (!this.#greeted) {
      const prefix = this.#reader.peek(API_PREFIX.length);
      if (prefix.length < API_PREFIX.length) return;
      this.#reader.skip(API_PREFIX.length);
      this.#greeted = true;
    }
    for (let read = this.#reader.next(); read.kind === 'frame'; read = this.#reader.next()) {
      if (read.payload.startsWith(PLACE_ORDER)) this.#events.orderRead(this, at);
      if (this.version === 0) this.#negotiate(read.payload);
      else this.#serve(read.payload);
    }
  }

  #negotiate(hello: string): void {
    const negotiation = negotiate(hello, VERSION_CAP);
    if (negotiation.kind !== 'agreed') {
      this.#socket.destroy();
      return;
    }
    this.version = negotiation.version;
    this.send(encodeHello(negotiation.version, this.#world.now()));
  }

  #serve(payload: string): void {
    const fields = splitFields(payload);
    if (fields === null) return;
    const decoded = decodeRequest(fields, this.version);
    if (decoded.kind !== 'request') return;
    const { request } = decoded;
    if (this.#service === null) this.#login(request);
    else this.#service.serve(request);
    if (request.type !== 'reqMktData' || request.snapshot) return;
    this.tickerIds.set(request.contract.conId, request.id);
  }

  #login(request: ClientRequest): void {
    if (request.type !== 'startApi') return;
    this.clientId = request.clientId;
    this.#service = new ClientService(this.#world, this, {
      instruments: new Instruments(this.#world, LIVE_TICKS),
      feed: 'live',
      linesMax: MAX_LINES,
    });
    this.#service.greet();
  }
}
