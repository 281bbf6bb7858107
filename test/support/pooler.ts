/**
 * A transaction pooler for tests, as PgBouncer is one: many clients share few sessions of the
 * server, each transaction has another one, and what a client asks for at the connection beyond
 * what can be kept for each of them is refused. It trusts whoever comes; tests are alone here.
 */

import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import pg from 'pg';

export interface Pooler {
  /** Of the database, by way of the pooler. */
  readonly url: string;
  /** Transactions that each session has had. */
  readonly turns: readonly number[];
  close(): Promise<void>;
}

const SESSIONS = 3;
/** What PgBouncer keeps for each client; all else it refuses. */
const KEPT = ['user', 'database', 'application_name', 'client_encoding', 'replication'];
const SSL_REQUEST = 80_877_103;

const READY_FOR_QUERY = 0x5a;
/** Query, sync and function call: each is answered by one `ReadyForQuery`. */
const ASKS = new Set([0x51, 0x53, 0x46]);
const TERMINATE = 0x58;
const IDLE = 0x49;

/** Puts a pooler before the database of the URL. */
export async function startPooler(databaseUrl: string): Promise<Pooler> {
  const sessions = new Sessions(databaseUrl);
  const clients = new Set<Socket>();
  const server = createServer((socket) => {
    clients.add(socket);
    socket.on('close', () => clients.delete(socket));
    serve(socket, sessions);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const url = new URL(databaseUrl);
  url.port = String(typeof address === 'object' ? address?.port : '');
  return {
    url: url.href,
    turns: sessions.turns,
    async close() {
      for (const socket of clients) socket.destroy();
      server.close();
      await sessions.close();
    },
  };
}

/** A connection to the server that belongs to whoever has a transaction on it. */
interface Session {
  readonly index: number;
  readonly socket: Socket;
  onData: (bytes: Buffer) => void;
}

class Sessions {
  readonly turns: number[] = [];
  readonly #url: string;
  readonly #idle: Session[] = [];
  readonly #waiting: ((session: Session) => void)[] = [];
  readonly #all = new Set<Socket>();
  #closed = false;

  constructor(url: string) {
    this.#url = url;
  }

  async take(): Promise<Session> {
    const session = this.#idle.shift() ?? (await this.#another());
    this.turns[session.index] = (this.turns[session.index] ?? 0) + 1;
    return session;
  }

  /** To the end of the line: the next transaction has another one. */
  give(session: Session): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#idle.push(session);
    else next(session);
  }

  /** Nobody knows what a client has left in it. */
  drop(session: Session): void {
    session.socket.destroy();
    this.#all.delete(session.socket);
    const next = this.#waiting.shift();
    if (next !== undefined) void this.#open().then(next);
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const socket of this.#all) socket.destroy();
  }

  #another(): Promise<Session> {
    if (this.#all.size < SESSIONS) return this.#open();
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
    });
  }

  /** The driver signs in, and then gives its socket away. */
  async #open(): Promise<Session> {
    const client = new pg.Client({ connectionString: this.#url, application_name: 'pooler' });
    const place = client as unknown as { readonly connection: { readonly stream: Socket } };
    const { stream } = place.connection;
    this.#all.add(stream);
    await client.connect();
    stream.removeAllListeners();
    const index = this.turns.push(0) - 1;
    const session: Session = { index, socket: stream, onData: () => undefined };
    stream.on('data', (bytes: Buffer) => session.onData(bytes));
    stream.on('error', () => stream.destroy());
    if (this.#closed) stream.destroy();
    return session;
  }
}

/** Takes whole messages off what arrives; the first one of a client has no type. */
class Frames {
  #bytes = Buffer.alloc(0);

  push(bytes: Buffer): void {
    this.#bytes = Buffer.concat([this.#bytes, bytes]);
  }

  next(typed: boolean): Buffer | null {
    const head = typed ? 1 : 0;
    if (this.#bytes.length < head + 4) return null;
    const length = head + this.#bytes.readInt32BE(head);
    if (this.#bytes.length < length) return null;
    const frame = this.#bytes.subarray(0, length);
    this.#bytes = this.#bytes.subarray(length);
    return frame;
  }
}

function serve(socket: Socket, sessions: Sessions): void {
  const frames = new Frames();
  let isReady = false;
  let session: Session | null = null;
  let taking = false;
  let answersDue = 0;
  let queued: Buffer[] = [];
  const answer = (bytes: Buffer, from: Session, replies: Frames): void => {
    socket.write(bytes);
    replies.push(bytes);
    for (let frame = replies.next(true); frame !== null; frame = replies.next(true)) {
      if (frame[0] !== READY_FOR_QUERY) continue;
      answersDue -= 1;
      if (answersDue > 0 || frame[5] !== IDLE || session !== from) continue;
      session = null;
      sessions.give(from);
    }
  };
  const forward = (frame: Buffer): void => {
    if (ASKS.has(frame[0] ?? 0)) answersDue += 1;
    if (session !== null) {
      session.socket.write(frame);
      return;
    }
    queued.push(frame);
    if (taking) return;
    taking = true;
    void sessions.take().then((taken) => {
      taking = false;
      const replies = new Frames();
      taken.onData = (bytes) => answer(bytes, taken, replies);
      session = taken;
      if (socket.destroyed) sessions.drop(taken);
      else taken.socket.write(Buffer.concat(queued));
      queued = [];
    });
  };
  socket.on('error', () => socket.destroy());
  socket.on('close', () => {
    if (session !== null) sessions.drop(session);
    session = null;
  });
  socket.on('data', (bytes) => {
    frames.push(bytes);
    for (let frame = frames.next(isReady); frame !== null; frame = frames.next(isReady)) {
      if (!isReady) isReady = welcome(socket, frame);
      else if (frame[0] === TERMINATE) socket.end();
      else forward(frame);
    }
  });
}

/** True when the client is in. */
function welcome(socket: Socket, frame: Buffer): boolean {
  if (frame.readInt32BE(4) === SSL_REQUEST) {
    socket.write('N');
    return false;
  }
  const words = frame.subarray(8).toString('utf8').split('\0');
  const names = words.filter((word, index) => index % 2 === 0 && word !== '');
  const unknown = names.find((name) => !KEPT.includes(name));
  if (unknown !== undefined) {
    const fields = ['SFATAL', 'C08P01', `Munsupported startup parameter: ${unknown}`, '', ''];
    socket.end(message('E', Buffer.from(fields.join('\0'))));
    return false;
  }
  const key = Buffer.alloc(8);
  socket.write(
    Buffer.concat([
      message('R', Buffer.alloc(4)),
      message('S', Buffer.from('server_version\x0016.0\0')),
      message('K', key),
      message('Z', Buffer.from([IDLE])),
    ]),
  );
  return true;
}

function message(type: string, body: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.write(type);
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}
