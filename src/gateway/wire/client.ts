/**
 * The broker port over our own codec and any pipe of bytes: what a simulation puts in the place of
 * the client library, which opens its own sockets and timers. It behaves as the library does where
 * the connection above can tell: the same events, the same errors, a message sent before the login
 * is over is not sent.
 */

import type {
  ClientOptions,
  CreateClient,
  ExecutionFilter,
  IbClient,
  IbContract,
  IbOrder,
  SecType,
} from '../ib/client.ts';
import { encodeFrame, FrameReader, type Message } from '../tws/framing.ts';
import { API_PREFIX } from '../tws/handshake.ts';
import { CLIENT } from '../tws/wire-ids.ts';
import { decodeMessage } from './decode.ts';
import {
  encodeAccountSummary,
  encodeBare,
  encodeCancel,
  encodeCancelOrder,
  encodeCompletedOrders,
  encodeContractDetails,
  encodeExecutions,
  encodeIds,
  encodeMarketData,
  encodeMarketDataType,
  encodeMarketRule,
  encodeOptionParameters,
  encodeOrder,
  encodeStartApi,
} from './encode.ts';

/** Our end of a connection. Nothing is called after `closed`, nor from inside a call to it. */
export interface PipeEvents {
  connected(): void;
  data(chunk: Buffer): void;
  /** It broke, or was never there: the platform's own word for why. */
  failed(reason: string): void;
  closed(): void;
}

export interface Pipe {
  write(bytes: Buffer): void;
  /** Ends it without an event. */
  destroy(): void;
}

export type Dial = (options: ClientOptions, events: PipeEvents) => Pipe;

/** What the library offers a gateway. */
const HELLO = 'v100..193';
const VERSION_MAX = 193;

const CONNECT_FAILED = 502;
const UNSUPPORTED_VERSION = 505;
const NO_ID = -1;

type Listener = (...args: unknown[]) => void;

/** Makes clients that reach their gateway by `dial`. */
export function wireClients(dial: Dial): CreateClient {
  return (options) => new WireClient(options, dial);
}

class WireClient implements IbClient {
  serverVersion = 0;
  readonly #options: ClientOptions;
  readonly #dial: Dial;
  readonly #reader = new FrameReader();
  readonly #listeners = new Map<string, Listener[]>();
  #pipe: Pipe | null = null;
  #isReady = false;

  constructor(options: ClientOptions, dial: Dial) {
    this.#options = options;
    this.#dial = dial;
  }

  connect(): void {
    this.#pipe = this.#dial(this.#options, {
      connected: () => this.#hello(),
      data: (chunk) => this.#receive(chunk),
      failed: (reason) => this.#emit('error', [new Error(reason), CONNECT_FAILED, NO_ID]),
      closed: () => this.#closed(),
    });
  }

  disconnect(): void {
    this.#pipe?.destroy();
    this.#pipe = null;
    this.#isReady = false;
  }

  on<A extends unknown[]>(name: string, listener: (...args: A) => void): void {
    const listeners = this.#listeners.get(name) ?? [];
    // Each name's arguments are those of `IbEvents`, to which both sides are written.
    listeners.push(listener as unknown as Listener);
    this.#listeners.set(name, listeners);
  }

  removeAllListeners(): void {
    this.#listeners.clear();
  }

  reqCurrentTime(): void {
    this.#send(encodeBare(CLIENT.reqCurrentTime));
  }

  reqIds(): void {
    this.#send(encodeIds());
  }

  reqAllOpenOrders(): void {
    this.#send(encodeBare(CLIENT.reqAllOpenOrders));
  }

  reqOpenOrders(): void {
    this.#send(encodeBare(CLIENT.reqOpenOrders));
  }

  reqCompletedOrders(apiOnly: boolean): void {
    this.#send(encodeCompletedOrders(apiOnly));
  }

  reqExecutions(id: number, filter: ExecutionFilter): void {
    this.#send(encodeExecutions(id, filter));
  }

  reqPositions(): void {
    this.#send(encodeBare(CLIENT.reqPositions));
  }

  reqAccountSummary(id: number, group: string, tags: string): void {
    this.#send(encodeAccountSummary(id, group, tags));
  }

  cancelAccountSummary(id: number): void {
    this.#send(encodeCancel(CLIENT.cancelAccountSummary, id));
  }

  reqContractDetails(id: number, contract: IbContract): void {
    this.#send(encodeContractDetails(this.serverVersion, id, contract));
  }

  reqSecDefOptParams(
    id: number,
    symbol: string,
    exchange: string,
    secType: SecType,
    conId: number,
  ): void {
    this.#send(encodeOptionParameters(id, symbol, exchange, secType, conId));
  }

  reqMarketRule(id: number): void {
    this.#send(encodeMarketRule(id));
  }

  reqMarketDataType(type: number): void {
    this.#send(encodeMarketDataType(type));
  }

  reqMktData(
    id: number,
    contract: IbContract,
    genericTicks: string,
    snapshot: boolean,
    regulatory: boolean,
  ): void {
    this.#send(encodeMarketData(id, contract, genericTicks, snapshot, regulatory));
  }

  cancelMktData(id: number): void {
    this.#send(encodeCancel(CLIENT.cancelMktData, id));
  }

  placeOrder(id: number, contract: IbContract, order: IbOrder): void {
    this.#send(encodeOrder(this.serverVersion, id, contract, order));
  }

  cancelOrder(id: number): void {
    this.#send(encodeCancelOrder(this.serverVersion, id));
  }

  #hello(): void {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(HELLO.length);
    this.#pipe?.write(Buffer.concat([API_PREFIX, length, Buffer.from(HELLO, 'latin1')]));
  }

  /** The library queues what is asked before the first id came; the connection never asks then. */
  #send(message: Message): void {
    if (this.#isReady) this.#pipe?.write(encodeFrame(message));
  }

  #receive(chunk: Buffer): void {
    this.#reader.push(chunk);
    for (;;) {
      const read = this.#reader.next();
      if (read.kind === 'incomplete' || this.#pipe === null) return;
      if (read.kind === 'overlong') {
        this.#emit('error', [
          new Error(`a message of ${read.length} bytes`),
          CONNECT_FAILED,
          NO_ID,
        ]);
        this.#closed();
        return;
      }
      const tokens = read.payload.split('\0');
      tokens.pop();
      this.#message(tokens);
    }
  }

  #message(tokens: readonly string[]): void {
    this.#emit('received', [tokens]);
    if (this.serverVersion === 0) {
      this.#announced(Number.parseInt(tokens[0] ?? '', 10), tokens[1] ?? '');
      return;
    }
    try {
      for (const { name, args } of decodeMessage(tokens, this.serverVersion)) {
        // What a listener asks for at its first id is sent, as the library sends it then.
        if (name === 'nextValidId') this.#isReady = true;
        this.#emit(name, args);
      }
    } catch (thrown) {
      this.#options.undecodable(thrown);
    }
  }

  #announced(version: number, time: string): void {
    this.serverVersion = version;
    if (version < 100 || version > VERSION_MAX) {
      this.#emit('error', [
        new Error(`Unsupported Version ${version}`),
        UNSUPPORTED_VERSION,
        NO_ID,
      ]);
      this.#closed();
      return;
    }
    this.#pipe?.write(encodeFrame(encodeStartApi(this.#options.clientId)));
    this.#emit('server', [version, time]);
  }

  #closed(): void {
    const wasOpen = this.#pipe !== null;
    this.disconnect();
    if (wasOpen) this.#emit('disconnected', []);
  }

  #emit(name: string, args: readonly unknown[]): void {
    for (const listener of this.#listeners.get(name) ?? []) listener(...args);
  }
}
