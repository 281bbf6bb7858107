/**
 * The daemon's place at its database: the one that writes, or one that waits. What the lease means
 * stands in `docs/decisions/0017`.
 */

import type { LeaseTerm } from '../engine/lease-fence.ts';
import type { EngineSession, LiveEngine } from '../engine/live.ts';
import { Fault } from '../fault.ts';
import { startControlIntake } from '../ha/control-intake.ts';
import { LeaseKeeper, type LeaseState } from '../ha/lease-keeper.ts';
import { Replica } from '../ha/replica.ts';
import type { Logger } from '../log.ts';
import { startPublisher } from '../monitor/publisher.ts';
import type { ControlRequest } from '../protocol/control.ts';
import type { LogReads } from '../protocol/log-view.ts';
import type { Clock, Timer, WallClock } from '../runtime/clock.ts';
import { errorText } from '../store/database-error.ts';
import {
  type ClaimOutcome,
  claimLease,
  type LeaseHolder,
  type LeaseRow,
  provenAlive,
  type ReleaseReason,
  thisProcess,
} from '../store/lease.ts';
import { leaseRole } from '../store/monitor-rows.ts';
import { createPool, type Pool } from '../store/pool.ts';
import { clearRecovery, readRecovery } from '../store/recovery-store.ts';

export interface CandidateOptions {
  readonly url: string;
  readonly dataDir: string;
  readonly ha: { readonly standby: boolean; readonly lease_s: number };
  readonly mono: Clock;
  readonly wall: WallClock;
  readonly log: Logger;
  readonly logs: LogReads;
}

export interface Candidate extends CandidateOptions {
  readonly pool: Pool;
  readonly me: LeaseHolder;
}

export type Won = Extract<ClaimOutcome, { readonly kind: 'won' }> & {
  /** Before the claim was sent. */
  readonly claimedAt: { readonly mono: number; readonly wall: number };
};

/** Attempts that hang are given up after two seconds, and the next has a connection of its own. */
const CONNECTIONS_MAX = 6;
const STATEMENT_TIMEOUT_MS = 2000;
const RELEASE_MS = 400;

/** One life of a daemon that wants to write. */
export function createCandidate(options: CandidateOptions): Candidate {
  const { url, dataDir, log } = options;
  const me = thisProcess(dataDir);
  const pool = createPool({
    url,
    role: leaseRole(me.holder),
    connectionsMax: CONNECTIONS_MAX,
    statementTimeoutMs: STATEMENT_TIMEOUT_MS,
    log,
  });
  return { ...options, pool, me };
}

/** One claim. `waits`: it stands by already, and was not started this moment. */
export async function claim(
  { pool, me, ha, mono, wall }: Candidate,
  waits: boolean,
): Promise<Won | Extract<ClaimOutcome, { readonly kind: 'held' }>> {
  const claimedAt = { mono: mono.now(), wall: wall.now() };
  const wanted = { me, fenced: ha.standby, leaseS: ha.lease_s, waits };
  const outcome = await claimLease(pool, wanted);
  return outcome.kind === 'held' ? outcome : { ...outcome, claimedAt };
}

/** Who a row means, for people. */
export function describeHolder({ host, pid, url }: LeaseRow): string {
  const [name = host] = host.split('/', 1);
  return `${name}, pid ${pid}${url === null ? '' : `, ${url}`}`;
}

export interface Writer {
  readonly epoch: number;
  /** With `ha`: what the engine asks before anything leaves. */
  readonly term: LeaseTerm | null;
  readonly inherited: EngineSession | null;
  /** Resolves when another daemon writes, and says which. */
  readonly deposed: Promise<string>;
  /** The engine runs from here on; `url` is where its API is. */
  begin(engine: LiveEngine, url: string): Promise<void>;
  release(reason: ReleaseReason): Promise<void>;
}

/** Begins to keep the lease that was won, and reads what the writer before has left. */
export async function createWriter(candidate: Candidate, won: Won): Promise<Writer> {
  const { pool, me, ha, mono, wall, log } = candidate;
  const { epoch, previous, claimedAt } = won;
  const fenced = ha.standby;
  log.info(
    { epoch, before: previous === null ? null : describeHolder(previous) },
    'this daemon writes',
  );
  const options = { pool, me, epoch, leaseS: ha.lease_s, fenced, claimedAt, mono, wall, log };
  const keeper = new LeaseKeeper(options);
  const identity = { holder: me.holder, epoch };
  const onTaken = (): void => keeper.noteTaken();
  const replica = new Replica({ pool, writer: identity, mono, log, onTaken });
  let engine: LiveEngine | null = null;
  const deposed = new Promise<string>((resolve) => {
    keeper.start((state: LeaseState) => {
      if (state === 'taken') resolve(`another daemon has taken the lease of epoch ${epoch}`);
      else if (fenced) engine?.leaseChanged(state);
    });
  });
  const inherited = await readRecovery(pool).catch((error) => {
    keeper.close();
    throw error;
  });
  return {
    epoch,
    term: fenced ? termOf(won, keeper, replica) : null,
    inherited,
    deposed,
    async begin(running, url) {
      engine = running;
      keeper.announce(url, running.session.journalId);
      if (fenced) replica.begin(running.session, () => running.leaseCommitted());
      await running.start();
      if (fenced || inherited === null) return;
      // What was inherited stands in this journal's boot record now.
      await clearRecovery(pool, identity).catch((error) => {
        log.warn({ reason: errorText(error) }, 'what a former writer left could not be cleared');
      });
    },
    async release(reason) {
      replica.close();
      await keeper.release(reason, RELEASE_MS);
    },
  };
}

function termOf({ epoch, previous }: Won, keeper: LeaseKeeper, replica: Replica): LeaseTerm {
  const ended = previous === null || previous.released !== null;
  return {
    epoch,
    predecessor: ended ? null : describeHolder(previous),
    held: () => keeper.held(),
    append: (sequence, facts) => replica.append(sequence, facts),
    get appended() {
      return replica.appended;
    },
    get committed() {
      return replica.committed;
    },
  };
}

const CLAIM_AGAIN_MS = 500;

/**
 * The claim of a daemon that was just started. With `ha` it is taken or waits; without it a row
 * that nobody renews is taken when it runs out, and one that is renewed is another's: throws
 * `Fault('daemon_running')`.
 */
export async function claimAtStart(
  candidate: Candidate,
): Promise<Won | Extract<ClaimOutcome, { readonly kind: 'held' }>> {
  const first = await claim(candidate, false);
  if (first.kind === 'won' || candidate.ha.standby) return first;
  candidate.log.info({ by: describeHolder(first.by) }, 'another daemon may write: is it alive?');
  for (;;) {
    await new Promise<void>((resolve) => {
      candidate.mono.setTimer(CLAIM_AGAIN_MS, resolve);
    });
    const next = await claim(candidate, false);
    if (next.kind === 'won') return next;
    if (next.by.renewedAt !== first.by.renewedAt) throw refused(next.by);
  }
}

function refused(by: LeaseRow): Fault {
  return new Fault(
    'daemon_running',
    `another daemon writes to this database: ${describeHolder(by)}`,
    {
      remedy: 'stop it, or set ha.standby on both to let one wait for the other',
    },
  );
}

/** What only the writer does, beside the engine. */
export function serveWriter(
  candidate: Candidate,
  won: Won,
  engine: LiveEngine,
): readonly (() => Promise<void>)[] {
  const { pool, url, me, mono, log, logs } = candidate;
  const writer = { holder: me.holder, epoch: won.epoch };
  const control = (request: ControlRequest) => engine.controls.control(request);
  return [
    endFrozenPredecessor(candidate, won, engine),
    startControlIntake({ pool, url, writer, control, mono, log }),
    startPublisher({ pool, writer, reads: engine.reads, logs, mono, log }),
  ];
}

const FROZEN_LOOK_MS = 500;
/** An orderly end takes no longer; who still has the client id then is frozen. */
const FROZEN_AFTER_MS = 3000;
/** Client id in use. */
const IN_USE = 326;

/**
 * A writer before us that still holds the client id though its lease is long over. Where it is
 * proven to be a process of this host it is killed; elsewhere the alarm has to do. Returns what
 * ends the watch.
 */
function endFrozenPredecessor(
  { me, mono, log }: Candidate,
  { previous }: Won,
  engine: LiveEngine,
): () => Promise<void> {
  if (previous === null || previous.released !== null) return async () => undefined;
  const since = mono.now();
  let timer: Timer | null = null;
  const look = (): void => {
    timer = mono.setTimer(FROZEN_LOOK_MS, look);
    const { context } = engine.reads.machine('daemon');
    const inUse = (context as { readonly code?: number }).code === IN_USE;
    if (!inUse || mono.now() - since < FROZEN_AFTER_MS) return;
    const pid = provenAlive(previous, me.host);
    if (pid === null) return;
    log.warn({ pid }, 'the writer before is frozen and holds the client id: it is killed');
    process.kill(pid, 'SIGKILL');
    void engine.controls.control({ control: { command: 'retry_ib' }, origin: 'lease' });
  };
  timer = mono.setTimer(FROZEN_LOOK_MS, look);
  return async () => timer?.cancel();
}
