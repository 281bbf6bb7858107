/**
 * A TWS client that is only a socket: it sends what it is told, byte for byte, and keeps the
 * fields of what comes back. Every wait ends in a message or, after five seconds, in an error.
 */

import { EventEmitter, once } from 'node:events';
import { connect, type Socket } from 'node:net';
import {
  encodeFrame,
  type Field,
  FrameReader,
  splitFields,
} from '../../../../src/gateway/tws/framing.ts';

const DEADLINE_MS = 5000;

export class RawClient {
  readonly socket: Socket;
  readonly messages: (readonly string[])[] = [];
  readonly #reader = new FrameReader();
  readonly #changes = new EventEmitter();
  #taken = 0;
  #closed = false;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (chunk) => this.#receive(chunk));
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.#closed = true;
      this.#changes.emit('change');
    });
  }

  static async open(port: number): Promise<RawClient> {
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect', { signal: AbortSignal.timeout(DEADLINE_MS) });
    return new RawClient(socket);
  }

  /** Connects, negotiates and logs in; returns when the greeting has come. */
  static async login(port: number, clientId: number, version = 178): Promise<RawClient> {
    const client = await RawClient.open(port);
    client.write(hello(`v157..${version}`));
    await client.next();
    client.send(71, 2, clientId, '');
    await client.take(4, (fields) => fields[3] === '2158');
    return client;
  }

  get isClosed(): boolean {
    return this.#closed;
  }

  write(bytes: Buffer): void {
    this.socket.write(bytes);
  }

  send(...fields: readonly Field[]): void {
    this.write(encodeFrame(fields));
  }

  /** The next message, whatever it is. */
  async next(): Promise<readonly string[]> {
    return this.#find('a message', () => true);
  }

  /** The next message with this id; those before it are passed over. */
  async take(
    id: number,
    fits: (fields: readonly string[]) => boolean = () => true,
  ): Promise<readonly string[]> {
    return this.#find(`message ${id}`, (fields) => fields[0] === String(id) && fits(fields));
  }

  /** What came and was not taken yet. */
  rest(): readonly (readonly string[])[] {
    const rest = this.messages.slice(this.#taken);
    this.#taken = this.messages.length;
    return rest;
  }

  /** All that the server had to say before it answered a question about the time. */
  async settle(): Promise<readonly (readonly string[])[]> {
    const from = this.#taken;
    this.send(49, 1);
    await this.take(49);
    return this.messages.slice(from, this.#taken - 1);
  }

  async close(): Promise<void> {
    this.socket.destroy();
    await this.whenClosed();
  }

  async whenClosed(): Promise<void> {
    const signal = AbortSignal.timeout(DEADLINE_MS);
    while (!this.#closed) await once(this.#changes, 'change', { signal });
  }

  async #find(
    what: string,
    fits: (fields: readonly string[]) => boolean,
  ): Promise<readonly string[]> {
    const signal = AbortSignal.timeout(DEADLINE_MS);
    for (;;) {
      for (let fields = this.messages[this.#taken]; fields; fields = this.messages[this.#taken]) {
        this.#taken += 1;
        if (fits(fields)) return fields;
      }
      if (this.#closed) throw new Error(`closed while waiting for ${what}`);
      await once(this.#changes, 'change', { signal });
    }
  }

  #receive(chunk: Buffer): void {
    this.#reader.push(chunk);
    for (let read = this.#reader.next(); read.kind === 'frame'; read = this.#reader.next()) {
      this.messages.push(splitFields(read.payload) ?? []);
    }
    this.#changes.emit('change');
  }
}

/** The first bytes of a client: prefix, length, range, no NUL. */
export function hello(range: string): Buffer {
  const bytes = Buffer.alloc(8 + range.length);
  bytes.write('API\0', 0, 'latin1');
  bytes.writeUInt32BE(range.length, 4);
  bytes.write(range, 8);
  return bytes;
}
