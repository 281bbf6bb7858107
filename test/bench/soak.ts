/**
 * `npm run soak`: an hour of a session at ten times its speed, so six minutes, with clients that
 * watch, chart, trade, come and go. Its memory after a collection, in the first twenty minutes of
 * the session and at its end, tells whether anything is kept that should have gone.
 */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Workspace } from './harness/workspace.ts';
import type { ClientsReport, HostAnswer, Sample } from './soak/protocol.ts';

/** Of the heap, from the mark to the end, beside what is kept on purpose. */
const GROWTH_PCT_MAX = 2;
/** The day's orders are kept with their executions and reports, because clients ask for them. */
const ORDER_MB = 4 / 1024;
/** Past prices of a stock: 20,000 bars of 19 numbers and 20,000 quotes of 7, and no more. */
const PAST_MB_MAX = (20_000 * (19 + 7) * 8) / 2 ** 20;
const SAMPLES = 12;
/** The lowest of the first third is the mark: what the engine compiled and dropped is no growth. */
const FIRST_SAMPLES = SAMPLES / 3;

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '6' },
    speed: { type: 'string', default: '10' },
  },
});
const minutes = Number(values.minutes);
assert(minutes > 0, 'minutes is a number');
const workspace = new Workspace();
process.exitCode = await soak().finally(() => workspace.close());

async function soak(): Promise<number> {
  const dataDir = workspace.folder('exchange');
  const options = JSON.stringify({ dataDir, speed: Number(values.speed) });
  const host = workspace.fork(new URL('./soak/host.ts', import.meta.url), [options]);
  const [listening] = (await once(host.process, 'message')) as [HostAnswer];
  assert(listening.type === 'listening');
  const clients = workspace.fork(new URL('./soak/clients.ts', import.meta.url), [
    String(listening.port),
  ]);
  await once(clients.process, 'message');
  const ask = async <T>(child: typeof host): Promise<T> => {
    const ended = child.ended.then(() => assert.fail(`a process ended:\n${child.tail()}`));
    const answer = once(child.process, 'message') as Promise<[T]>;
    if (child.process.connected) child.process.send({});
    return (await Promise.race([answer, ended]))[0];
  };

  const samples: Sample[] = [];
  for (let index = 1; index <= SAMPLES; index += 1) {
    await sleep((minutes * 60_000) / SAMPLES);
    const sample = await ask<Sample>(host);
    samples.push(sample);
    show(sample);
    assert(sample.sessions > 0, `the clients are gone:\n${clients.tail()}`);
  }
  const { ticks, fills, logins } = await ask<ClientsReport>(clients);
  await clients.stop();
  await sleep(1000);
  const alone = await ask<Sample>(host);
  show(alone);
  process.stdout.write(`${ticks} price ticks, ${fills} fills, ${logins} logins\n`);
  assert(ticks > 1000 && fills > 10 && logins > 2, 'the clients did what they are there for');
  return verdict(samples);
}

function show({ at, heap, external, heapHeld, rss, sessions, orders }: Sample): void {
  const mb = (value: number): string => value.toFixed(2).padStart(8);
  const time = new Date(at).toISOString().slice(11, 19);
  process.stdout.write(
    `${time} UTC  heap${mb(heap)} MB of${mb(heapHeld)}  buffers${mb(external)} MB  ` +
      `rss${mb(rss)} MB  ${sessions} sessions  ${orders} orders\n`,
  );
}

function verdict(samples: readonly Sample[]): number {
  const [mark] = samples.slice(0, FIRST_SAMPLES).toSorted((a, b) => a.heap - b.heap);
  const last = samples.at(-1);
  assert(mark !== undefined && last !== undefined);
  const book = (last.orders - mark.orders) * ORDER_MB;
  const heapPct = (100 * (last.heap - book - mark.heap)) / mark.heap;
  const past = last.external - mark.external;
  const flat = heapPct < GROWTH_PCT_MAX && past < PAST_MB_MAX;
  process.stdout.write(
    `heap ${mark.heap.toFixed(2)} MB → ${last.heap.toFixed(2)} MB, ${book.toFixed(2)} MB of it ` +
      `the day's orders: ${heapPct.toFixed(2)} %; past prices +${past.toFixed(2)} MB ` +
      `of ${PAST_MB_MAX.toFixed(2)}: ${flat ? 'flat' : 'NOT FLAT'}\n`,
  );
  return flat ? 0 : 1;
}
