/** What the tests that break a daemon's threads do with it, and what must be true afterwards. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { ExchangeLedger } from '../../../src/gateway/sim/views.ts';
import type { ActorView, StatusView } from '../../../src/protocol/views.ts';
import { waitFor } from '../../../src/store/wait.ts';
import type { TestDaemon, TestHome } from '../../support/daemon.ts';
import { bifrost, mono } from '../../support/program.ts';
import {
  type Sabotaged,
  type SabotagedOptions,
  startSabotaged,
  type ThreadName,
} from './sabotage.ts';
import type { Deed } from './saboteur.ts';
import { DEPLOYMENT } from './settings.ts';
import { assertTruth } from './truth.ts';

/** The actors of each thread. */
const ACTORS_OF = {
  market: ['greeks', 'market-data'],
  persistence: ['persistence'],
  gateway: ['gateway'],
} as const;
/** A hang is seen after five seconds, and two cores may be busy with other tests. */
const NOTICE_MS = 30_000;

export interface Strike {
  readonly thread: Exclude<ThreadName, 'kernel'>;
  readonly deed: Deed;
  /** What `last_error` says of it. */
  readonly error: RegExp;
  /** While the thread is struck and nobody has noticed; of a hang these are seconds. */
  readonly unnoticed?: () => Promise<unknown>;
  /** Its next life starts at once, as it would without a test. */
  readonly unheld?: boolean;
}

/** As quick as a test wants it: a lost broker is noticed, and tried again, within a second. */
export const QUICK_BROKER = { retry_interval_s: 1, heartbeat_s: 1 };
/** How the daemon says that its market thread is away. */
export const MARKET_GONE = ['market_data_restarting', 'greeks_restarting'];

/** A daemon that is green and hedged. */
export async function startCalm(
  home: TestHome,
  name: string,
  options: SabotagedOptions,
): Promise<Sabotaged> {
  const daemon = startSabotaged(home, name, { workerHeapMb: 64, ...options });
  await daemon.ready();
  await untilCalm(daemon);
  return daemon;
}

/** Waits until it operates, yellow, and says that these parts of it are not well. */
export function untilDegraded(daemon: Sabotaged, reasons: readonly string[]): Promise<StatusView> {
  return daemon.untilStatus(`it is degraded by ${reasons.join()}`, (now) => {
    const { daemon_block_reasons: known, status_lamp: lamp, status } = now;
    const isTold = reasons.every((reason) => known.includes(reason));
    return isTold && lamp === 'yellow' && status?.daemon_state === 'degraded';
  });
}

/** Green, hedged, and no order under way. */
function isCalm({ status_lamp: lamp, books: [book] }: StatusView): boolean {
  return lamp === 'green' && book !== undefined && isHedged(book);
}

function isHedged(book: StatusView['books'][number]): boolean {
  const idle = ['EXEC_IDLE', 'FILLED'].includes(book.hedge_state);
  return idle && Math.abs(book.net_delta ?? Number.NaN) < book.band.threshold;
}

/** Waits until it is green, hedged, and no order is under way. */
export function untilCalm(daemon: TestDaemon): Promise<StatusView> {
  return daemon.untilStatus('it is green and hedged', isCalm, 40_000);
}

/** Moves the market and waits until that is hedged, whatever the lamp. */
export async function hedges(daemon: TestDaemon, percent: number): Promise<void> {
  const before = await ourExecutions(daemon);
  await daemon.exchange().move('NVDA', percent);
  await untilHedged(daemon, before);
}

/** Waits until there are more executions than `before`, and no order is under way. */
export async function untilHedged(daemon: TestDaemon, before: number): Promise<void> {
  await daemon.until('the move is hedged', async () => {
    const { books } = await daemon.status();
    const hedged = books[0] !== undefined && isHedged(books[0]);
    return hedged && (await ourExecutions(daemon)) > before ? true : null;
  });
}

/** How many executions of our orders the exchange knows. */
export async function ourExecutions(daemon: TestDaemon): Promise<number> {
  const { executions } = await daemon.exchange().ledger();
  return executions.filter((one) => one.order_ref.startsWith(`${DEPLOYMENT}:`)).length;
}

/** Begins a hedge that stays in `state`, for as long as the exchange's fault lasts. */
export async function hedgeStaysIn(
  daemon: TestDaemon,
  state: 'WAIT_ACK' | 'PARTIAL',
  percent: number,
): Promise<void> {
  const exchange = daemon.exchange();
  if (state === 'WAIT_ACK') await exchange.fault('slow_ack', { delay_ms: 3000, count: 1 });
  else await exchange.fault('partial_fills', { max_size: 1 });
  await exchange.move('NVDA', percent);
  await daemon.untilStatus(`a hedge is in ${state}`, ({ books: [book] }) => {
    return book?.hedge_state === state;
  });
}

/** Waits until no order of the book is under way, whatever else is wrong. */
export function untilSettled(daemon: TestDaemon): Promise<StatusView> {
  return daemon.untilStatus('the order found its end', ({ books: [book] }) => {
    return ['EXEC_IDLE', 'FILLED'].includes(book?.hedge_state ?? '');
  });
}

/**
 * Strikes a thread, waits until its supervisor has seen why it ended, and keeps its next life from
 * starting: what the daemon does without it can be looked at for as long as a test wants.
 */
export async function strike(daemon: Sabotaged, what: Strike): Promise<void> {
  const { thread, deed, error, unnoticed, unheld = false } = what;
  const before = await restartsOf(daemon, thread);
  if (!unheld) await daemon.sabotage(thread, { type: 'starts', fate: 'waits' });
  await daemon.sabotage(thread, deed);
  if (unnoticed !== undefined) {
    await unnoticed();
    assert.deepEqual(await restartsOf(daemon, thread), before, 'nobody has noticed yet');
  }
  const why = () => `the end of thread ${thread} is seen`;
  await daemon.until(
    why,
    async () => {
      const actors = await actorsOf(daemon, thread);
      const seen = actors.every(
        ({ state, restarts, last_error }, index) =>
          (unheld || state !== 'running') &&
          restarts === (before[index] ?? 0) + 1 &&
          error.test(`${last_error}`),
      );
      return seen ? true : null;
    },
    NOTICE_MS,
  );
}

/**
 * Takes all memory that a thread may have. As a rule that ends the thread, but the platform may end
 * the process: then `again` starts it. The daemon that lives afterwards.
 */
export async function starve(
  daemon: Sabotaged,
  thread: Strike['thread'],
  again: () => Promise<Sabotaged>,
): Promise<Sabotaged> {
  try {
    // Without memory a thread may be busy collecting for so long that it counts as hanging.
    const error = /memory|no sign of life/;
    await strike(daemon, { thread, deed: { type: 'exhaust' }, error, unheld: true });
    return daemon;
  } catch (thrown) {
    const ended = await waitFor(mono, NOTICE_MS, () => (daemon.running ? null : true));
    if (ended === null) throw thrown;
    assert.match(daemon.err(), /heap out of memory/);
    return again();
  }
}

/** Lets the next life of a thread start, and waits until its actors run. */
export async function release(daemon: Sabotaged, thread: Strike['thread']): Promise<void> {
  await daemon.sabotage(thread, { type: 'starts', fate: 'lives' });
  await daemon.until(`thread ${thread} runs again`, async () => {
    const actors = await actorsOf(daemon, thread);
    return actors.every(({ state }) => state === 'running') ? true : null;
  });
}

async function restartsOf(
  daemon: TestDaemon,
  thread: Strike['thread'],
): Promise<readonly number[]> {
  return (await actorsOf(daemon, thread)).map(({ restarts }) => restarts);
}

/** As the API shows them, in the order of their start. */
export async function actorsOf(
  daemon: TestDaemon,
  thread: Strike['thread'],
): Promise<readonly ActorView[]> {
  const all = await daemon.actors();
  return ACTORS_OF[thread].map((id) => {
    const actor = all.find((one) => one.id === id);
    assert(actor !== undefined, `GET /actors shows ${id}`);
    return actor;
  });
}

/** The exchange's ledger, ours and the database agree, and no order was sent twice. */
export async function truth(daemon: TestDaemon): Promise<ExchangeLedger> {
  const databaseUrl = readFileSync(join(daemon.dataDir, 'database-url'), 'utf8').trim();
  return assertTruth({ exchange: daemon.exchange(), databaseUrl, deployment: DEPLOYMENT });
}

/** The truth, an orderly stop, and a journal that replays to the same decisions. */
export async function endsWell(daemon: TestDaemon): Promise<void> {
  await untilCalm(daemon);
  await truth(daemon);
  assert.equal((await daemon.stop()).code, 0, daemon.err().slice(-4000));
  await replays(daemon);
}

/** Its journal replays to the same decisions. */
async function replays(daemon: TestDaemon): Promise<void> {
  const { code, out, err } = await bifrost(['replay', daemon.dataDir, '--verify', '--json']);
  assert.equal(code, 0, err);
  assert.equal((JSON.parse(out) as { identical: boolean }).identical, true);
}

/** Messages that died with an actor, as its last end was logged. */
export function lostWith(daemon: TestDaemon, actor: string): number {
  const ends = daemon
    .err()
    .split('\n')
    .filter((line) => line.includes('"msg":"lifecycle"') && line.includes(`"actor":"${actor}"`))
    .map((line) => JSON.parse(line) as { readonly state: string; readonly lost?: number })
    .filter(({ state }) => state === 'restarting');
  return ends.at(-1)?.lost ?? Number.NaN;
}
