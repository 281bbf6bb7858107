/**
 * The bench gateway's process. It writes ticks when it is told to and notes when their orders come
 * back, both by its own clock, so that no clocks are compared.
 */

import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  CLIENT_IDS,
  type FloodOrder,
  type FloodReport,
  type GatewayAnswer,
  type GatewayCommand,
  type Link,
  type TickOrder,
  type TickReport,
} from './protocol.ts';
import { GatewaySession, stamp } from './session.ts';
import { BenchWorld, LEVELS } from './world.ts';

/** An order that has not come by then does not come. */
const ORDER_DEADLINE_MS = 2000;
/** A quiet tick moves the mid by a cent at most: a few shares of delta. */
const QUIET_STEP = 0.01;

/** Of a tick that the other side is too slow for; by then it has some seconds to read. */
const UNREAD_MAX = 4 * 1024 * 1024;

const world = new BenchWorld(Number(process.argv[2] ?? 1));
const sessions = new Set<GatewaySession>();
let level = 0;
/** Takes the next order of the link that is being measured. */
let waiting: { readonly clientId: number; take(at: number): void } | null = null;

const server = createServer((socket) => {
  sessions.add(
    new GatewaySession(socket, world, {
      orderRead: (session, at) => {
        if (session.clientId === waiting?.clientId) waiting.take(at);
      },
      closed: (session) => sessions.delete(session),
    }),
  );
});

server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  assert(address !== null && typeof address === 'object');
  answer({ type: 'listening', port: address.port });
});
process.on('message', (command: GatewayCommand) => void obey(command));
// Nobody measures any more.
process.on('disconnect', () => process.exit(0));

function answer(message: GatewayAnswer): void {
  process.send?.(message);
}

async function obey(command: GatewayCommand): Promise<void> {
  if (command.type === 'orders') answer({ type: 'orders', count: world.orders });
  else if (command.type === 'flood') answer(await flood(command));
  else answer(command.type === 'cross' ? await cross(command) : await quiet(command));
}

/**
 * Ticks that each cross the threshold. The next goes out when it is due and its order is in; what
 * was late is not caught up with, because ticks in a burst are not a hundred a second.
 */
async function cross({ link, count, perSecond }: TickOrder): Promise<TickReport> {
  const session = marketSession(link);
  const bytes = LEVELS.map((mid) => session.tickBytes(mid));
  const written: number[] = [];
  const read: number[] = [];
  for (let index = 0; index < count; index += 1) {
    await until((written.at(-1) ?? stamp()) + 1000 / perSecond);
    level = 1 - level;
    world.mid = LEVELS[level] ?? LEVELS[0];
    const order = nextOrder(CLIENT_IDS[link].orders);
    written.push(session.writeTick(bytes[level] ?? Buffer.alloc(0)));
    read.push(await order);
  }
  return { type: 'ticked', written, read };
}

/** Ticks that change the price and no decision. */
async function quiet({ link, count, perSecond }: TickOrder): Promise<TickReport> {
  const session = marketSession(link);
  const mid = LEVELS[level] ?? LEVELS[0];
  const bytes = [0, QUIET_STEP].map((step) => session.tickBytes(mid + step));
  const written: number[] = [];
  const start = stamp();
  for (let index = 0; index < count; index += 1) {
    await until(start + (index * 1000) / perSecond);
    written.push(session.writeTick(bytes[index % 2] ?? Buffer.alloc(0)));
  }
  return { type: 'ticked', written, read: [] };
}

/** Each book's ticks on the connection that watches it. */
async function flood({ perSecond, seconds }: FloodOrder): Promise<FloodReport> {
  const mids = LEVELS[level] ?? LEVELS[0];
  const steps = [mids, mids + QUIET_STEP];
  const lines = world.stocks.map(({ conId }) => {
    const session = watcherOf(conId);
    return { session, bytes: steps.map((mid) => session.tickBytes(mid, conId)) };
  });
  const watching = [...new Set(lines.map(({ session }) => session))];
  const batches = new Map(watching.map((session) => [session, [] as Buffer[]]));
  const books = lines.length;
  const all = perSecond * seconds;
  const start = stamp();
  let sent = 0;
  while (sent < all && watching.every(({ unread }) => unread < UNREAD_MAX)) {
    const due = Math.min(all, Math.floor(((stamp() - start) * perSecond) / 1000) + 1);
    for (; sent < due; sent += 1) {
      const line = lines[sent % books];
      if (line === undefined) continue;
      const tick = line.bytes[Math.floor(sent / books) % 2] ?? Buffer.alloc(0);
      batches.get(line.session)?.push(tick);
    }
    for (const [session, batch] of batches) {
      if (batch.length > 0) session.writeTick(Buffer.concat(batch.splice(0)));
    }
    await until(start + ((sent + 1) * 1000) / perSecond);
  }
  const rounds = (book: number): number => Math.ceil((sent - book) / books);
  return {
    type: 'flooded',
    sent,
    elapsed: stamp() - start,
    mids: world.stocks.map((_, book) => steps[(rounds(book) + 1) % 2] ?? Number.NaN),
  };
}

function nextOrder(clientId: number): Promise<number> {
  return new Promise((resolve) => {
    const late = setTimeout(() => take(Number.NaN), ORDER_DEADLINE_MS);
    const take = (at: number): void => {
      clearTimeout(late);
      waiting = null;
      resolve(at);
    };
    waiting = { clientId, take };
  });
}

function watcherOf(conId: number): GatewaySession {
  const { orders } = CLIENT_IDS.daemon;
  const session = [...sessions].find(
    ({ clientId, tickerIds }) => clientId !== orders && tickerIds.has(conId),
  );
  assert(session !== undefined, `nobody watches contract ${conId}`);
  return session;
}

function marketSession(link: Link): GatewaySession {
  const { market } = CLIENT_IDS[link];
  const session = [...sessions].find(({ clientId }) => clientId === market);
  assert(session !== undefined && session.tickerIds.size > 0, `${link} watches no market data`);
  return session;
}

/**
 * Timers are no finer than a millisecond; what is late goes out at once. Spinning would take the
 * core that the daemon needs.
 */
async function until(due: number): Promise<void> {
  for (let left = due - stamp(); left > 0; left = due - stamp()) await sleep(Math.max(1, left));
}
