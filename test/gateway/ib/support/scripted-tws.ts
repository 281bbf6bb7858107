/**
 * A TWS that says exactly what a test tells it to: real sockets and real frames, no exchange
 * behind. It answers the handshake, the log-in and the clock by itself; everything else is scripted
 * by message id, or sent by hand.
 */

import { strict as assert } from 'node:assert';
import { createServer, type Server, type Socket } from 'node:net';

type Field = string | number;
export type Frame = readonly Field[];
/** Answers a message's fields (without its id) by frames. */
type Answer = (fields: readonly string[], tws: ScriptedTws) => readonly Frame[];

export interface Script {
  readonly version?: number | string;
  readonly accounts?: string;
  readonly nextValidId?: number;
  /** What follows START_API in place of accounts and next valid id. */
  readonly login?: readonly Frame[];
  /** Closes the socket after the log-in frames. */
  readonly closeAfterLogin?: boolean;
  /** Accepts and says nothing at all. */
  readonly mute?: boolean;
  /** The clock's answer, in seconds; null leaves requests unanswered. */
  readonly time?: () => number | null;
  readonly answers?: Readonly<Record<string, Answer>>;
}

/** Ids of client messages, as tests name them. */
export const CLIENT = {
  reqMktData: '1',
  cancelMktData: '2',
  placeOrder: '3',
  cancelOrder: '4',
  reqOpenOrders: '5',
  reqExecutions: '7',
  reqIds: '8',
  reqContractDetails: '9',
  reqAllOpenOrders: '16',
  reqCurrentTime: '49',
  reqMarketDataType: '59',
  reqPositions: '61',
  reqAccountSummary: '62',
  cancelAccountSummary: '63',
  startApi: '71',
  reqSecDefOptParams: '78',
  reqMarketRule: '91',
  reqCompletedOrders: '99',
} as const;

export class ScriptedTws {
  script: Script;
  readonly #server: Server;
  readonly #sockets: Socket[] = [];
  readonly #waits = new Set<() => void>();
  /** Every message of every client, in order: `[id, ...fields]`. */
  readonly received: string[][] = [];
  /** Log-ins so far. */
  logins = 0;
  silent = false;

  private constructor(script: Script) {
    this.script = script;
    this.#server = createServer((socket) => this.#accept(socket));
  }

  static async start(script: Script = {}): Promise<ScriptedTws> {
    const tws = new ScriptedTws(script);
    await new Promise<void>((resolve) => tws.#server.listen(0, '127.0.0.1', resolve));
    return tws;
  }

  get port(): number {
    const address = this.#server.address();
    assert(address !== null && typeof address === 'object');
    return address.port;
  }

  async stop(): Promise<void> {
    this.drop();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  /** Ends every connection. */
  drop(): void {
    for (const socket of this.#sockets.splice(0)) socket.destroy();
  }

  /** Sends frames in one packet on the newest connection. */
  send(...frames: Frame[]): void {
    if (this.silent) return;
    const socket = this.#sockets.at(-1);
    assert(socket !== undefined, 'a client is connected');
    socket.write(Buffer.concat(frames.map(encode)));
  }

  /** Sends the same bytes one at a time, as a bad network would. */
  sendInBytes(...frames: Frame[]): void {
    const socket = this.#sockets.at(-1);
    assert(socket !== undefined, 'a client is connected');
    socket.setNoDelay(true);
    for (const byte of Buffer.concat(frames.map(encode))) socket.write(Buffer.of(byte));
  }

  /** The messages with this id so far. */
  of(id: string): string[][] {
    return this.received.filter(([messageId]) => messageId === id);
  }

  /** Resolves when that many messages with this id have come; with the last of them. */
  async message(id: string, count = 1): Promise<string[]> {
    for (;;) {
      const found = this.of(id)[count - 1];
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => this.#waits.add(resolve));
    }
  }

  #accept(socket: Socket): void {
    this.#sockets.push(socket);
    socket.on('error', () => socket.destroy());
    if (this.script.mute === true) return;
    let pending = Buffer.alloc(0);
    let greeted = false;
    socket.on('data', (chunk) => {
      pending = Buffer.concat([pending, chunk]);
      if (!greeted) {
        // `API\0`, a length, and the range of versions.
        if (pending.length < 8 || pending.length < 8 + pending.readUInt32BE(4)) return;
        pending = pending.subarray(8 + pending.readUInt32BE(4));
        greeted = true;
        const version = this.script.version ?? 178;
        socket.write(encode([version, '20230803 09:30:00 US/Eastern']));
      }
      while (pending.length >= 4 && pending.length >= 4 + pending.readUInt32BE(0)) {
        const end = 4 + pending.readUInt32BE(0);
        const fields = pending.subarray(4, end).toString('utf8').split('\0').slice(0, -1);
        pending = pending.subarray(end);
        this.#take(socket, fields);
      }
    });
  }

  #take(socket: Socket, fields: string[]): void {
    this.received.push(fields);
    if (!this.silent) this.#answer(socket, fields);
    const waits = [...this.#waits];
    this.#waits.clear();
    for (const resolve of waits) resolve();
  }

  #answer(socket: Socket, [id = '', ...fields]: string[]): void {
    if (id === CLIENT.startApi) {
      this.logins += 1;
      const { accounts = 'DU1', nextValidId = 1, login } = this.script;
      const frames = login ?? [
        [15, 1, accounts],
        [9, 1, nextValidId],
      ];
      socket.write(Buffer.concat(frames.map(encode)));
      if (this.script.closeAfterLogin === true) socket.end();
      return;
    }
    const answer = this.script.answers?.[id];
    const frames = answer === undefined ? this.#default(id, fields) : answer(fields, this);
    if (frames.length > 0) socket.write(Buffer.concat(frames.map(encode)));
  }

  #default(id: string, fields: readonly string[]): readonly Frame[] {
    const seconds = this.script.time === undefined ? 1_691_069_400 : this.script.time();
    switch (id) {
      case CLIENT.reqCurrentTime:
        return seconds === null ? [] : [[49, 1, seconds]];
      case CLIENT.reqOpenOrders:
      case CLIENT.reqAllOpenOrders:
        return [[53, 1]];
      case CLIENT.reqCompletedOrders:
        return [[102]];
      case CLIENT.reqExecutions:
        return [[55, 1, fields[1] ?? '']];
      case CLIENT.reqPositions:
        return [[62, 1]];
      case CLIENT.reqAccountSummary:
        return [[64, 1, fields[1] ?? '']];
      default:
        return [];
    }
  }
}

function encode(frame: Frame): Buffer {
  const body = Buffer.from(frame.map((field) => `${field}\0`).join(''), 'utf8');
  const length = Buffer.alloc(4);
  length.writeUInt32BE(body.length);
  return Buffer.concat([length, body]);
}

/** `4 error`. */
export function errorFrame(id: number, code: number, message: string, advanced = ''): Frame {
  return [4, 2, id, code, message, advanced];
}
