/**
 * One connection, from its first byte to its close. It parses, keeps the handshake in order and
 * writes; what a logged-in client asks is served elsewhere. Whatever arrives, at worst this
 * connection closes: others and the exchange never notice.
 */

import type { Socket } from 'node:net';
import type { Logger } from '../../log.ts';
import type { Clock, Timer } from '../../runtime/clock.ts';
import type { Venue, VenueEvent } from '../sim/venue.ts';
import { type Client, ERROR } from './client.ts';
import { decodeRequest } from './decode.ts';
import { encodeError } from './encode.ts';
import { FrameReader, type Message, splitFields } from './framing.ts';
import {
  API_PREFIX,
  encodeHello,
  HELLO_BYTES_MAX,
  mayBePrefix,
  negotiate,
  VERSION_MIN,
} from './handshake.ts';
import type { MarketAccess } from './market-lines.ts';
import { Outbox } from './outbox.ts';
import type { Decoded } from './requests.ts';
import { ClientService } from './service.ts';
import type { TickBlock } from './tick-block.ts';

/** From the connection to the login; real clients need milliseconds. */
const LOGIN_DEADLINE_MS = 10_000;
/** How long a client that was refused its id stays connected, as seen at a real gateway. */
const ID_IN_USE_LINGER_MS = 700;
/** What TWS says of more messages than it takes. */
export const PACING_TEXT = 'Max rate of messages per second has been exceeded:max=50';
/** As TWS does: the third time is the last. */
const VIOLATIONS_MAX = 3;
/** How often a client hears what prices make of its profits, about as at IB. */
const FOLLOW_MS = 1000;
/** Frames are joined up to this many bytes before they go to the socket. */
const WRITE_BYTES = 64 * 1024;

/** Where a connection stands; `refused` only waits to be closed. */
export type SessionPhase = 'prefix' | 'hello' | 'login' | 'ready' | 'refused' | 'closed';

export interface SessionOptions {
  readonly socket: Socket;
  readonly venue: Venue;
  readonly versionCap: number;
  readonly access: MarketAccess;
  readonly mono: Clock;
  readonly log: Logger;
  /** Bytes waiting for a client that does not read; above it the client is dropped. */
  readonly outboundBytesMax: number;
  /** Takes the client id for this session, or says that it is taken. */
  readonly claim: (clientId: number) => boolean;
  /** Whether the API lets clients look alone. */
  readonly isReadOnly?: () => boolean;
  readonly onClosed: () => void;
  /** Whether one more message is within the pace of all clients together. */
  readonly admit: () => boolean;
}

export class Session implements Client {
  readonly #options: SessionOptions;
  readonly #socket: Socket;
  readonly #reader = new FrameReader();
  readonly #helloReader = new FrameReader(HELLO_BYTES_MAX);
  #phase: SessionPhase = 'prefix';
  #version = VERSION_MIN;
  #clientId = -1;
  #service: ClientService | null = null;
  #timer: Timer;
  #silent = false;
  readonly #outbox = new Outbox();
  #flushDue = false;
  #violations = 0;
  /** A fault: each write waits so long. */
  #slowMs = 0;
  #slowTimer: Timer | null = null;
  #followTimer: Timer | null = null;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#socket = options.socket;
    this.#timer = options.mono.setTimer(LOGIN_DEADLINE_MS, () => this.#drop('no login in time'));
    options.socket.setNoDelay(true);
    options.socket.on('data', (chunk) => this.#guard(() => this.#receive(chunk)));
    options.socket.on('error', (error) => options.log.debug({ error: error.message }, 'socket'));
    options.socket.on('close', () => this.#close());
  }

  get clientId(): number {
    return this.#clientId;
  }

  get version(): number {
    return this.#version;
  }

  get phase(): SessionPhase {
    return this.#phase;
  }

  get lineCount(): number {
    return this.#service?.lineCount ?? 0;
  }

  /** The only way out to the client, in order: what faults do to messages, they do here. */
  send(message: Message): void {
    if (this.#phase === 'closed' || this.#silent) return;
    // The exchange calls in here with its reports: what goes wrong stays here.
    this.#guard(() => this.#outbox.message(message));
    this.#scheduleFlush();
  }

  sendTicks(block: TickBlock, id: string): void {
    if (this.#phase === 'closed' || this.#silent) return;
    this.#guard(() => this.#outbox.ticks(block, id));
    this.#scheduleFlush();
  }

  error(id: number, code: number, text: string): void {
    this.send(encodeError(this.#version, id, code, text));
  }

  hear(event: VenueEvent): void {
    this.#guard(() => this.#service?.hear(event));
  }

  /**
   * Half-open: nothing is read and nothing written, and the socket stays. What would have been
   * written meanwhile is lost; a client that gives up keeps its id until the silence ends.
   */
  setSilent(silent: boolean): void {
    this.#silent = silent;
    if (silent) this.#socket.pause();
    else this.#socket.resume();
  }

  /** Writes wait so many ms; 0 ends it. What waits already keeps its time. */
  setSlow(delayMs: number): void {
    this.#slowMs = delayMs;
  }

  /** The market data are gone, without a word on any line. */
  loseLines(): void {
    this.#service?.loseLines();
  }

  /** Tells each market-data line this code; all but a downgrade ends it. */
  refuseLines(code: number): void {
    this.#guard(() => this.#service?.refuseLines(code));
  }

  /** Closes after what was said has gone out. */
  end(): void {
    this.#end();
  }

  destroy(): void {
    this.#socket.destroy();
    this.#close();
  }

  #receive(chunk: Buffer): void {
    if (this.#phase === 'refused' || this.#phase === 'closed') return;
    const reader = this.#phase === 'prefix' || this.#phase === 'hello' ? this.#helloReader : null;
    if (reader === null) {
      this.#reader.push(chunk);
      this.#readFrames();
      return;
    }
    reader.push(chunk);
    this.#readHello(reader);
  }

  #readHello(reader: FrameReader): void {
    if (this.#phase === 'prefix') {
      const bytes = reader.peek(API_PREFIX.length);
      if (!mayBePrefix(bytes)) {
        this.#drop('no API prefix');
        return;
      }
      if (bytes.length < API_PREFIX.length) return;
      reader.skip(API_PREFIX.length);
      this.#phase = 'hello';
    }
    const read = reader.next();
    if (read.kind === 'incomplete') return;
    if (read.kind === 'overlong') {
      this.#drop('handshake too long');
      return;
    }
    this.#negotiate(read.payload);
    // A client may have sent its login in the same packet.
    const rest = reader.peek(reader.pendingBytes);
    if (rest.length === 0 || this.#phase !== 'login') return;
    this.#reader.push(rest);
    this.#readFrames();
  }

  #negotiate(hello: string): void {
    const negotiation = negotiate(hello, this.#options.versionCap);
    const now = this.#options.venue.now();
    switch (negotiation.kind) {
      case 'garbage':
        this.#drop('unreadable version range');
        return;
      case 'refused':
        this.#options.log.info({ reason: negotiation.reason }, 'client refused');
        this.send(encodeHello(negotiation.announce, now));
        this.#end();
        return;
      case 'agreed':
        this.#version = negotiation.version;
        this.#phase = 'login';
        this.send(encodeHello(negotiation.version, now));
        return;
    }
  }

  #readFrames(): void {
    while (this.#phase === 'login' || this.#phase === 'ready') {
      const read = this.#reader.next();
      if (read.kind === 'incomplete') return;
      if (read.kind === 'overlong') {
        this.#drop(`frame of ${read.length} bytes`);
        return;
      }
      if (!this.#options.admit()) {
        this.#exceedPace();
        continue;
      }
      const fields = splitFields(read.payload);
      if (fields === null)
        this.error(-1, ERROR.unreadable, 'Error reading request. Too many fields');
      else this.#accept(decodeRequest(fields, this.#version));
    }
  }

  /** The message is lost; TWS ends a connection that goes on like this. */
  #exceedPace(): void {
    this.#violations += 1;
    this.error(-1, ERROR.pacing, PACING_TEXT);
    if (this.#violations >= VIOLATIONS_MAX) this.#end();
  }

  #accept(decoded: Decoded): void {
    switch (decoded.kind) {
      case 'ignored':
        return;
      case 'malformed':
        this.error(decoded.id, ERROR.unreadable, `Error reading request. ${decoded.reason}`);
        return;
      case 'unsupported':
        this.error(decoded.id, decoded.code, decoded.text);
        return;
      case 'request':
        if (this.#service !== null) {
          this.#service.serve(decoded.request);
          this.#follow();
          return;
        }
        if (decoded.request.type === 'startApi') {
          this.#login(decoded.request.clientId);
          return;
        }
        this.error(-1, ERROR.notConnected, 'Not connected');
        return;
    }
  }

  /** Only while somebody listens: most clients never ask for what prices change. */
  #follow(): void {
    if (this.#followTimer !== null || this.#service?.followsPrices !== true) return;
    this.#followTimer = this.#options.mono.setTimer(FOLLOW_MS, () => {
      this.#followTimer = null;
      this.#guard(() => this.#service?.followPrices());
      if (this.#phase === 'ready') this.#follow();
    });
  }

  #login(clientId: number): void {
    this.#timer.cancel();
    if (!this.#options.claim(clientId)) {
      this.#refuseId();
      return;
    }
    this.#clientId = clientId;
    this.#phase = 'ready';
    const { venue, access, isReadOnly } = this.#options;
    this.#service = new ClientService(venue, this, access, isReadOnly);
    this.#options.log.info({ clientId, version: this.#version }, 'client connected');
    this.#service.greet();
  }

  #refuseId(): void {
    const text =
      'Unable to connect as the client id is already in use. Retry with a unique client id.';
    this.error(-1, ERROR.clientIdInUse, text);
    this.#phase = 'refused';
    this.#timer = this.#options.mono.setTimer(ID_IN_USE_LINGER_MS, () => this.#end());
  }

  /** What is said in one turn goes out at its end, or sooner when it is much. */
  #scheduleFlush(): void {
    if (this.#outbox.bytes >= WRITE_BYTES && this.#slowMs === 0) this.#guard(this.#flush);
    if (this.#outbox.bytes > this.#options.outboundBytesMax) this.#drop('slow consumer');
    if (this.#flushDue) return;
    this.#flushDue = true;
    if (this.#slowMs === 0) queueMicrotask(this.#flushNow);
    else this.#slowTimer = this.#options.mono.setTimer(this.#slowMs, this.#flushNow);
  }

  readonly #flushNow = (): void => {
    this.#flushDue = false;
    this.#guard(this.#flush);
  };

  readonly #flush = (): void => {
    if (this.#outbox.bytes === 0) return;
    if (this.#phase === 'closed' || !this.#socket.writable) {
      this.#outbox.clear();
      return;
    }
    this.#socket.write(this.#outbox.take());
    if (this.#socket.writableLength > this.#options.outboundBytesMax) this.#drop('slow consumer');
  };

  /** Closes after what was said has gone out. */
  #end(): void {
    this.#flush();
    if (this.#phase === 'closed') return;
    this.#phase = 'refused';
    this.#socket.destroySoon();
  }

  #drop(reason: string): void {
    const { log } = this.#options;
    log.warn({ clientId: this.#clientId, phase: this.#phase, reason }, 'client dropped');
    this.destroy();
  }

  #close(): void {
    if (this.#phase === 'closed') return;
    const wasReady = this.#phase === 'ready';
    this.#phase = 'closed';
    this.#timer.cancel();
    this.#slowTimer?.cancel();
    this.#followTimer?.cancel();
    this.#outbox.clear();
    this.#service?.close();
    if (wasReady) this.#options.log.info({ clientId: this.#clientId }, 'client disconnected');
    this.#options.onClosed();
  }

  /**
   * A defect met on a client's behalf kills its session, as a defect kills an actor; it must not
   * reach the exchange's listeners or the process, which serve others.
   */
  #guard(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#options.log.error({ err: error, clientId: this.#clientId }, 'session failed');
      this.destroy();
    }
  }
}
