/**
 * Somebody who looks, in a process of its own: readers of the event stream, or a page that shows a
 * machine in the inspector with the messages between actors. It counts what it is told.
 */

import { get, type IncomingMessage } from 'node:http';
import { connect, type Socket } from 'node:net';
import { INSPECTOR_PATHS } from './inspector-paths.ts';

interface Command {
  /** `elsewhere`: the questions of an inspector to a server that is no daemon. */
  readonly type: 'streams' | 'inspector' | 'elsewhere' | 'rest';
  readonly port: number;
  /** Of streams. */
  readonly count: number;
}

/**
 * As pages ask that were opened one after another: what has changed is told by the stream at once,
 * the rest is asked for every second, by each at a moment of its own.
 */
const ASK_MS = 1000;

let open: IncomingMessage[] = [];
let socket: Socket | null = null;
let timer: NodeJS.Timeout | null = null;
let events = 0;
/** Arrivals of each event by its id, of all streams. */
const arrivals = new Map<string, { first: number; last: number; count: number }>();

process.on('message', (command: Command) => void take(command));
process.on('disconnect', () => process.exit(0));

async function take({ type, port, count }: Command): Promise<void> {
  if (type === 'rest') {
    const whole = [...arrivals.values()].filter((one) => one.count === open.length);
    const spreads = whole.map(({ first, last }) => last - first);
    for (const one of open) one.destroy();
    open = [];
    socket?.destroy();
    if (timer !== null) clearInterval(timer);
    process.send?.({ events, spreads });
    events = 0;
    arrivals.clear();
    return;
  }
  const streams = { streams: count, inspector: 1, elsewhere: 0 }[type];
  open = await Promise.all(Array.from({ length: streams }, () => listen(port)));
  if (type === 'inspector') socket = inspect(port);
  if (type !== 'streams') {
    let turn = 0;
    timer = setInterval(() => {
      ask(port, INSPECTOR_PATHS[turn % INSPECTOR_PATHS.length] ?? '');
      turn += 1;
    }, ASK_MS / INSPECTOR_PATHS.length);
  }
  process.send?.({ events: 0, spreads: [] });
}

function listen(port: number): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const request = get({ host: '127.0.0.1', port, path: '/events' }, (response) => {
      response.setEncoding('utf8');
      response.on('data', (text: string) => {
        const now = performance.now();
        for (const [, id = ''] of text.matchAll(/^id: ?(.+)$/gm)) note(id, now);
      });
      response.on('error', () => undefined);
      resolve(response);
    });
    request.on('error', reject);
  });
}

function note(id: string, now: number): void {
  events += 1;
  const known = arrivals.get(id);
  if (known === undefined) arrivals.set(id, { first: now, last: now, count: 1 });
  else {
    known.last = now;
    known.count += 1;
  }
}

function ask(port: number, path: string): void {
  const request = get({ host: '127.0.0.1', port, path }, (response) => response.resume());
  request.on('error', () => undefined);
}

/** A tool that speaks the inspection protocol; it reads and says nothing. */
function inspect(port: number): Socket {
  const one = connect(port, '127.0.0.1', () => {
    one.write(
      `GET /inspect HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nUpgrade: websocket\r\n` +
        'Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n' +
        'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
    );
  });
  one.on('error', () => undefined);
  one.resume();
  return one;
}
