/**
 * One connection to TWS: one client object of the library, never used again. The library queues
 * what is called while it is disconnected and sends it into the next session, keeps a silent
 * socket for ever, and lets a throwing listener take the process down; here a connection is used
 * only between ready and its end, has its own heartbeat, and its end is said exactly once.
 */

import { EventName } from '@stoqey/ib';
import type { Clock, Timer } from '../../runtime/clock.ts';
import type { CreateClient, IbClient } from './client.ts';
import type { IbEvents } from './ib-events.ts';
import { createSendLanes, type Lane, type SendLanes, type SendRates } from './send-lanes.ts';

interface ConnectionTarget {
  readonly host: string;
  readonly port: number;
  readonly clientId: number;
  readonly connectTimeoutMs: number;
}

/** A message with a code, from whichever of the library's two channels; `id` −1 is none. */
export interface CodedMessage {
  readonly id: number;
  readonly code: number;
  readonly message: string;
}

export interface ReadyLink {
  readonly serverVersion: number;
  readonly accounts: readonly string[];
  readonly nextValidId: number;
}

export interface ConnectionEvents {
  ready(link: ReadyLink): void;
  /** It never became ready. Nothing follows. */
  failed(code: number, reason: string): void;
  /** It was ready and is no more. Nothing follows. */
  lost(reason: string): void;
  /** Any coded message that does not end the connection. */
  message(message: CodedMessage): void;
  /** The broker's clock, epoch ms, whenever it is told, asked for or not. */
  /** `rttMs`: since it was asked for; 0 when TWS tells it unasked. */
  time(ts: number, rttMs: number): void;
  /** A listener of ours, or the decoder, threw. */
  defect(error: unknown, where: string): void;
  /** The messages of one socket read have all been handled. */
  chunkEnd?(): void;
}

export interface ConnectionOptions {
  readonly target: ConnectionTarget;
  readonly clock: Clock;
  readonly heartbeatMs: number;
  readonly rates: SendRates;
  readonly createClient: CreateClient;
}

export interface Connection {
  readonly ready: boolean;
  /** When the bytes that are being handled were read, on the connection's clock. */
  readonly chunkMono: number;
  /**
   * Since when bytes may have waited to be read, because this thread did not run; null where it ran
   * on, or the peer has answered what was asked since. On the connection's clock.
   */
  readonly waitedSince: number | null;
  /** False when not ready, or the lane is full: then the call is not taken, and never made. */
  send(lane: Lane, call: (api: IbClient) => void): boolean;
  /** Ends without a report. */
  destroy(): void;
}

/** The oldest server whose layouts our tests cover. */
const SERVER_VERSION_MIN = 157;

/** Silence for this many heartbeats in a row is a dead peer. */
const MISSES_MAX = 2;

/** A heartbeat, or an answer, that is late by this much: bytes may have waited to be read. */
const STANDSTILL_MS = 1000;

/** The broker tells whole seconds: ask often at first, until one flips. */
const TIME_PROBE_INTERVAL_MS = 100;
const TIME_PROBES_MAX = 12;
/** After an answer that came late: whether the next one does is worth knowing soon. */
const LATE_PROBE_MS = 500;

/** While connecting, these codes are the end of it. */
const FATAL_CODES: ReadonlySet<number> = new Set([326, 502, 503, 505, 506, 507, 10141]);

/** Codes after which TWS closes the socket: the reason worth telling. */
const PARTING_CODES: ReadonlySet<number> = new Set([100, 326, 502, 507, 1300]);

/** The first fields of wire messages, and the tick types, that are read here. */
const ERROR_MESSAGE = '4';
const TICK_PRICE = '1';
const BID = '1';
const BID_SIZE = 0;

/** Connects at once; the outcome comes by `ready` or `failed`, never from inside this call. */
export function openConnection(
  options: ConnectionOptions,
  events: ConnectionEvents,
  listeners: Partial<IbEvents>,
): Connection {
  return new IbConnection(options, events, listeners);
}

class IbConnection implements Connection {
  readonly #options: ConnectionOptions;
  readonly #events: ConnectionEvents;
  readonly #listeners: Partial<IbEvents>;
  readonly #api: IbClient;
  readonly #lanes: SendLanes;
  readonly #where: string;
  readonly #deadline: Timer;
  #state: 'connecting' | 'ready' | 'ended' = 'connecting';
  #nextValidId: number | null = null;
  #accounts: readonly string[] | null = null;
  /** Why TWS is about to close the socket, if it said so. */
  #parting = '';
  /** The message that is being decoded. */
  #tokens: readonly string[] = [];
  #chunkMono: number;
  #inChunk = false;
  /** When this thread was last seen at work, and when a standstill shows at the latest. */
  #ranAt: number;
  #overdueAt = Number.POSITIVE_INFINITY;
  #waitedSince: number | null = null;
  /** What was asked from here on is answered behind all that waited. */
  #awakeAt = Number.NEGATIVE_INFINITY;
  #answered = false;
  #heard = false;
  #misses = 0;
  #firstTime: number | null = null;
  /** When the times not yet answered were asked for. */
  #timesAsked: number[] = [];
  #heartbeat: Timer | null = null;
  #timeProbe: Timer | null = null;

  constructor(options: ConnectionOptions, events: ConnectionEvents, listeners: Partial<IbEvents>) {
    const { host, port, clientId, connectTimeoutMs } = options.target;
    this.#options = options;
    this.#events = events;
    this.#listeners = listeners;
    this.#where = `${host}:${port}`;
    this.#chunkMono = options.clock.now();
    this.#ranAt = this.#chunkMono;
    this.#lanes = createSendLanes(options.clock, options.rates);
    this.#api = options.createClient({
      ...{ host, port, clientId },
      clock: options.clock,
      undecodable: (error) => this.#undecided(error),
    });
    this.#listenOwn();
    for (const [name, listener] of Object.entries(listeners)) {
      if (name !== EventName.nextValidId) this.#on(name, listener as (...args: unknown[]) => void);
    }
    this.#deadline = options.clock.setTimer(connectTimeoutMs, () => {
      this.#fail(502, `${this.#where} did not become ready within ${connectTimeoutMs} ms`);
    });
    this.#api.connect();
  }

  get ready(): boolean {
    return this.#state === 'ready';
  }

  get chunkMono(): number {
    return this.#chunkMono;
  }

  get waitedSince(): number | null {
    return this.#waitedSince;
  }

  send(lane: Lane, call: (api: IbClient) => void): boolean {
    return this.ready && this.#lanes.send(lane, () => call(this.#api));
  }

  destroy(): void {
    if (this.#state === 'ended') return;
    this.#state = 'ended';
    this.#deadline.cancel();
    this.#heartbeat?.cancel();
    this.#timeProbe?.cancel();
    this.#lanes.close();
    this.#api.removeAllListeners();
    this.#api.disconnect();
  }

  #fail(code: number, reason: string): void {
    if (this.#state !== 'connecting') return;
    this.destroy();
    this.#events.failed(code, oneLine(reason));
  }

  #lose(reason: string): void {
    if (this.#state !== 'ready') return;
    this.destroy();
    this.#events.lost(oneLine(reason));
  }

  #guarded<A extends unknown[]>(name: string, listener: (...args: A) => void) {
    return (...args: A): void => {
      if (this.#state === 'ended') return;
      try {
        listener(...args);
      } catch (error) {
        this.#events.defect(error, name);
      }
    };
  }

  #on<A extends unknown[]>(name: string, listener: (...args: A) => void): void {
    this.#api.on(name, this.#guarded(name, listener));
  }

  #listenOwn(): void {
    this.#on(EventName.received, (tokens: readonly string[]) => this.#received(tokens));
    this.#on(EventName.server, (version: number) => {
      if (version >= SERVER_VERSION_MIN) return;
      // Also where what came is no version at all: then the peer is no TWS.
      this.#fail(
        503,
        `${this.#where} speaks version ${version}, not ${SERVER_VERSION_MIN} or later`,
      );
    });
    this.#on(EventName.nextValidId, (orderId: number) => {
      this.#nextValidId = wholeNumber('order id', orderId);
      if (this.ready) this.#listeners.nextValidId?.(orderId);
      else this.#becomeReady();
    });
    this.#on(EventName.managedAccounts, (list: string) => {
      this.#accounts = list.split(',').filter((account) => account !== '');
      this.#becomeReady();
    });
    this.#on(EventName.currentTime, (seconds: number) => this.#time(seconds));
    this.#on(EventName.error, (error: Error, code: number, id: number) =>
      this.#routeWhole({ id, code, message: error.message }),
    );
    this.#on(EventName.info, (message: string, code: number) =>
      this.#routeWhole({ id: -1, code, message }),
    );
    this.#on(EventName.disconnected, () => {
      const because = this.#parting === '' ? '' : `: ${this.#parting}`;
      this.#lose(`${this.#where} closed the connection${because}`);
      this.#fail(507, `${this.#where} closed the connection before it was ready${because}`);
    });
  }

  #received(tokens: readonly string[]): void {
    this.#heard = true;
    this.#tokens = tokens;
    // The library drops the size of a bid, whose tick type is the falsy 0.
    if (tokens[0] === TICK_PRICE && tokens[3] === BID) {
      this.#listeners.tickSize?.(Number(tokens[2]), BID_SIZE, Number(tokens[5]));
    }
    if (this.#inChunk) return;
    this.#inChunk = true;
    this.#chunkMono = this.#options.clock.now();
    this.#noteRun(this.#chunkMono);
    // The library handles all of a socket read in one go, and microtasks run after it.
    const finish = this.#guarded('chunkEnd', () => {
      this.#inChunk = false;
      this.#events.chunkEnd?.();
      if (this.#answered) this.#waitedSince = null;
      this.#answered = false;
    });
    queueMicrotask(finish);
  }

  /** What a broken message was about is not known, and it may have been an order. */
  #routeWhole(coded: CodedMessage): void {
    wholeNumber('id', coded.id);
    wholeNumber('code', coded.code);
    this.#route(coded);
  }

  /** One router for both channels: what answers nothing in particular comes as `info`. */
  #route(coded: CodedMessage): void {
    const { code, message } = coded;
    // What TWS said counts for more than the socket error that follows.
    const parting = PARTING_CODES.has(code) && (code !== 502 || this.#parting === '');
    if (parting) this.#parting = `${message} (${code})`;
    if (code === 100) this.#lanes.backOff();
    if (this.#state === 'connecting' && FATAL_CODES.has(code)) {
      this.#fail(code, this.#refusal(code, message));
    } else {
      this.#events.message(coded);
    }
  }

  #refusal(code: number, message: string): string {
    if (code === 326) {
      return `client id ${this.#options.target.clientId} is in use at ${this.#where}`;
    }
    if (code !== 502) return `${this.#where} refused: ${message} (${code})`;
    return `cannot connect to ${this.#where}${message === '' ? '' : `: ${message}`}`;
  }

  /** The library could not decode a message. A refusal of an order without details still is one. */
  #undecided(error: unknown): void {
    const [kind, , id, code, message] = this.#tokens;
    const answer = this.#guarded('decoder', () => {
      const coded = { id: Number(id), code: Number(code), message: message ?? '' };
      const whole = kind === ERROR_MESSAGE && Number.isInteger(coded.id + coded.code);
      if (whole) this.#route(coded);
      else this.#events.defect(error, 'decoder');
    });
    answer();
  }

  #becomeReady(): void {
    if (this.#state !== 'connecting' || this.#nextValidId === null || this.#accounts === null) {
      return;
    }
    this.#state = 'ready';
    this.#deadline.cancel();
    this.#beat();
    this.#probeTime(TIME_PROBES_MAX - 1);
    this.#events.ready({
      serverVersion: this.#api.serverVersion,
      accounts: this.#accounts,
      nextValidId: this.#nextValidId,
    });
  }

  #askTime(): void {
    this.#lanes.send('request', () => {
      this.#timesAsked.push(this.#options.clock.now());
      this.#api.reqCurrentTime();
    });
  }

  /** A process that was frozen finds old bytes in its socket: only an answer tells their end. */
  #noteRun(now: number): void {
    if (now > this.#overdueAt) {
      this.#waitedSince ??= this.#ranAt;
      this.#awakeAt = now;
      this.#answered = false;
      this.#overdueAt = now + this.#options.heartbeatMs + STANDSTILL_MS;
      this.#askTime();
    }
    this.#ranAt = now;
  }

  /** The library notices neither a silent peer nor a half-open socket. */
  #beat(): void {
    const { clock, heartbeatMs } = this.#options;
    this.#overdueAt = clock.now() + heartbeatMs + STANDSTILL_MS;
    this.#heartbeat = clock.setTimer(heartbeatMs, () => {
      this.#noteRun(clock.now());
      this.#misses = this.#heard ? 0 : this.#misses + 1;
      this.#heard = false;
      if (this.#misses >= MISSES_MAX) {
        this.#lose(`${this.#where} has been silent for ${this.#misses * heartbeatMs} ms`);
        return;
      }
      this.#askTime();
      this.#beat();
    });
  }

  #probeTime(left: number): void {
    this.#askTime();
    if (left === 0) return;
    this.#timeProbe = this.#options.clock.setTimer(TIME_PROBE_INTERVAL_MS, () =>
      this.#probeTime(left - 1),
    );
  }

  #time(seconds: number): void {
    if (!(seconds > 0)) return;
    if (this.#firstTime !== null && seconds !== this.#firstTime) this.#timeProbe?.cancel();
    this.#firstTime ??= seconds;
    const now = this.#options.clock.now();
    const asked = this.#timesAsked.shift();
    // What came in one read with it may have been sent before: that read still counts as waited.
    if (asked !== undefined && asked >= this.#awakeAt) this.#answered = true;
    const rttMs = now - (asked ?? now);
    if (rttMs > STANDSTILL_MS) {
      this.#timeProbe?.cancel();
      this.#timeProbe = this.#options.clock.setTimer(LATE_PROBE_MS, () => this.#askTime());
    }
    this.#events.time(seconds * 1000, rttMs);
  }
}

/** Reasons go to a terminal line and a page's field. */
function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim();
}

/** A broken field is no number; whatever it stood for, what follows from it cannot be known. */
function wholeNumber(what: string, value: number): number {
  if (!Number.isSafeInteger(value)) throw new Error(`the ${what} ${value} is no whole number`);
  return value;
}
