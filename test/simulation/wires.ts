/**
 * A network in memory between our client's codec and the real gateway's sessions. Bytes arrive in
 * order and late, cut and joined as the seed draws; connections are refused, broken and stalled.
 * What the gateway sees are the sockets of `node:net`, as far as it uses them.
 */

import type { ClientOptions } from '../../src/gateway/ib/client.ts';
import type { Dial, Pipe, PipeEvents } from '../../src/gateway/wire/client.ts';
import type { Clock, Timer } from '../../src/runtime/clock.ts';
import type { Random } from '../../src/runtime/random.ts';
import { GatewaySocket } from './gateway-socket.ts';

export interface Weather {
  /** Added to each journey. */
  delayMs: number;
  /** Share of chunks that come in pieces. */
  cuts: number;
  /** Nothing arrives anywhere until it ends; then all of it does. */
  stalled: boolean;
  /** The clients read no more than so much at a time. */
  sipBytes: number;
}

type Accept = (socket: object) => void;

/** Hears what the gateway wrote on each connection, numbered from 1, as it wrote it. */
export type Recorder = (connection: number, bytes: Buffer) => void;

const TRAVEL_MS = 2;
/** Chunks that are this near arrive as one. */
const JOIN_MS = 0.5;
const PIECES_MAX = 12;

export class SimulatedNetwork {
  readonly weather: Weather = {
    ...{ delayMs: 0, cuts: 0.05, stalled: false, sipBytes: Number.POSITIVE_INFINITY },
  };
  readonly #world: Clock;
  readonly #random: Random;
  readonly #count: (name: string) => void;
  readonly #wires = new Map<Wire, string>();
  readonly #swallowed = new Set<Wire>();
  readonly #record: Recorder;
  #accept: Accept | null = null;
  #dialed = 0;

  constructor(
    world: Clock,
    random: Random,
    count: (name: string) => void,
    record: Recorder = () => undefined,
  ) {
    this.#record = record;
    this.#world = world;
    this.#random = random;
    this.#count = count;
  }

  /** In the place of the functions of `node:net`. */
  functions(): Readonly<Record<string, unknown>> {
    return { createServer: (accept: Accept) => this.#createServer(accept) };
  }

  /** How the clients of one process, or thread of one, reach the gateway. */
  dialer(owner: string): Dial {
    return (options, events) => this.#dial(owner, options, events);
  }

  /** A process or a thread ended: the platform closes what it held. */
  drop(isOf: (owner: string) => boolean): void {
    for (const [wire, owner] of this.#wires) if (isOf(owner)) wire.abandon();
  }

  /** Every connection is reset, as when a router forgets them. */
  resetAll(): void {
    for (const wire of [...this.#wires.keys()]) wire.reset();
  }

  stall(on: boolean): void {
    this.weather.stalled = on;
    if (!on) for (const wire of [...this.#wires.keys()]) wire.flow();
  }

  /** Connections that stand now carry nothing any more, and neither end is told. */
  swallow(): void {
    for (const wire of this.#wires.keys()) {
      wire.swallow();
      this.#swallowed.add(wire);
    }
  }

  /** What was swallowed is reset at last. */
  spit(): void {
    for (const wire of this.#swallowed) wire.spit();
    this.#swallowed.clear();
  }

  #createServer(accept: Accept): object {
    this.#accept = accept;
    return {
      once: () => undefined,
      listen: (_port: number, _host: string, listening: () => void) => listening(),
      address: () => ({ port: 1 }),
      close: (closed: () => void) => {
        this.#accept = null;
        closed();
      },
    };
  }

  #dial(owner: string, { clock }: ClientOptions, events: PipeEvents): Pipe {
    this.#dialed += 1;
    const connection = this.#dialed;
    const wire: Wire = new Wire({
      record: (bytes) => this.#record(connection, bytes),
      ...{ near: clock, far: this.#world, weather: this.weather, random: this.#random },
      events,
      count: this.#count,
      closed: () => this.#wires.delete(wire),
    });
    this.#wires.set(wire, owner);
    this.#world.setTimer(TRAVEL_MS, () => {
      if (this.#accept === null) wire.reset();
      else wire.connect(this.#accept);
    });
    return wire;
  }
}

interface WireOptions {
  /** Of the client: what is due there waits while it hangs and never comes after its end. */
  readonly near: Clock;
  readonly far: Clock;
  readonly weather: Weather;
  readonly random: Random;
  readonly events: PipeEvents;
  readonly count: (name: string) => void;
  readonly record: (bytes: Buffer) => void;
  readonly closed: () => void;
}

/** One connection: two lanes, and the socket that the gateway holds. */
class Wire implements Pipe {
  readonly #options: WireOptions;
  readonly #socket: GatewaySocket;
  readonly #toClient: Lane;
  readonly #toGateway: Lane;
  #open = true;
  #swallowed = false;

  constructor(options: WireOptions) {
    this.#options = options;
    const { near, far, events, weather } = options;
    const sip = (): number => weather.sipBytes;
    this.#toClient = new Lane(options, near, (bytes) => events.data(bytes), sip);
    this.#toGateway = new Lane(options, far, (bytes) => this.#socket.take(bytes));
    this.#socket = new GatewaySocket({
      write: (bytes) => {
        options.record(bytes);
        this.#toClient.send(bytes);
      },
      ended: () => this.#endedByGateway(false),
      destroyed: () => this.#endedByGateway(true),
      waiting: () => this.#toClient.waiting,
    });
  }

  connect(accept: Accept): void {
    if (!this.#open) return;
    accept(this.#socket);
    // It may have refused it in that very call.
    if (this.#open && !this.#socket.destroyed) this.#near(() => this.#options.events.connected());
  }

  write(bytes: Buffer): void {
    if (this.#open) this.#toGateway.send(bytes);
  }

  /** By the client: what it wrote may still arrive. */
  destroy(): void {
    if (!this.#close() || this.#swallowed) return;
    this.#options.far.setTimer(TRAVEL_MS, () => this.#socket.end());
  }

  /** By the platform, on behalf of a client that is no more. */
  abandon(): void {
    this.destroy();
  }

  /** By the network: both ends hear of it. */
  reset(): void {
    if (!this.#close()) return;
    this.#options.far.setTimer(TRAVEL_MS, () => this.#socket.end());
    this.#tellClient('read ECONNRESET');
  }

  flow(): void {
    this.#toClient.flow();
    this.#toGateway.flow();
  }

  swallow(): void {
    this.#swallowed = true;
    this.#toClient.close();
    this.#toGateway.close();
  }

  spit(): void {
    this.#swallowed = false;
    if (this.#open) this.reset();
    else this.#socket.end();
  }

  /** Behind what was written, or at once. */
  #endedByGateway(atOnce: boolean): void {
    const { events } = this.#options;
    if (this.#swallowed) return;
    if (atOnce) {
      if (this.#close()) this.#tellClient('read ECONNRESET');
      return;
    }
    this.#toClient.finish(() => {
      if (this.#close()) events.closed();
    });
  }

  #tellClient(reason: string): void {
    const { events } = this.#options;
    this.#near(() => {
      events.failed(reason);
      events.closed();
    });
  }

  #near(tell: () => void): void {
    this.#options.near.setTimer(TRAVEL_MS, tell);
  }

  #close(): boolean {
    if (!this.#open) return false;
    this.#open = false;
    this.#toClient.close();
    this.#options.closed();
    return true;
  }
}

/** Bytes on their way in one direction. */
class Lane {
  readonly #options: WireOptions;
  readonly #clock: Clock;
  readonly #take: (bytes: Buffer) => void;
  readonly #sip: () => number;
  readonly #queue: Buffer[] = [];
  #timer: Timer | null = null;
  #finish: (() => void) | null = null;
  #closed = false;
  waiting = 0;

  constructor(
    options: WireOptions,
    clock: Clock,
    take: (bytes: Buffer) => void,
    sip: () => number = () => Number.POSITIVE_INFINITY,
  ) {
    this.#sip = sip;
    this.#options = options;
    this.#clock = clock;
    this.#take = take;
  }

  send(bytes: Buffer): void {
    if (this.#closed) return;
    this.#queue.push(bytes);
    this.waiting += bytes.length;
    this.flow();
  }

  /** Calls when all has arrived. */
  finish(done: () => void): void {
    this.#finish = done;
    this.flow();
  }

  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
    this.#queue.length = 0;
  }

  flow(): void {
    const { weather, random } = this.#options;
    if (this.#timer !== null || this.#closed || weather.stalled) return;
    if (this.#queue.length === 0 && this.#finish === null) return;
    const wait = JOIN_MS + random.next() * TRAVEL_MS + weather.delayMs;
    this.#timer = this.#clock.setTimer(wait, () => {
      this.#timer = null;
      this.#arrive();
    });
  }

  /** All that waits, or a piece of it and soon the next. */
  #arrive(): void {
    const { weather, random, count } = this.#options;
    if (weather.stalled || this.#closed) return;
    const bytes = this.#queue.length === 1 ? this.#queue[0] : Buffer.concat(this.#queue);
    this.#queue.length = 0;
    if (bytes === undefined || bytes.length === 0) {
      this.#finish?.();
      return;
    }
    let rest = bytes;
    const sip = this.#sip();
    if (bytes.length > sip) {
      count('bytes read slowly');
      this.#queue.push(bytes.subarray(sip));
      this.#hand(bytes.subarray(0, sip));
      this.flow();
      return;
    }
    if (random.next() < weather.cuts) {
      count('bytes cut');
      const single = random.next() < 0.3;
      for (let piece = 0; piece < PIECES_MAX && rest.length > 1 && !this.#closed; piece += 1) {
        const length = single ? 1 : 1 + random.integer(rest.length - 1);
        this.#hand(rest.subarray(0, length));
        rest = rest.subarray(length);
        if (random.next() < 0.2) break;
      }
    }
    if (this.#closed) return;
    if (rest.length < bytes.length && random.next() < 0.5) {
      // The last piece comes by itself, later.
      this.#queue.unshift(rest);
    } else this.#hand(rest);
    this.flow();
  }

  #hand(bytes: Buffer): void {
    this.waiting -= bytes.length;
    this.#take(bytes);
  }
}
