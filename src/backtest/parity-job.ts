/**
 * The nightly check of ourselves: the journal of the last day goes through fresh deciders as a
 * backtest's tape does, and must give what it says. A job of a pool, in a thread that gives way.
 */

import { parityMoments } from '../engine/parity-moments.ts';
import { type Difference, replay } from '../engine/replay.ts';
import { Fault } from '../fault.ts';
import type { ParityCheck } from '../protocol/parity.ts';
import { giveWay } from '../store/priority.ts';
import { Collector } from './collector.ts';

export interface ParityTask {
  /** The journal directory. */
  readonly dir: string;
  /** Sessions that have ended before it are not looked at; wall time, unix seconds. */
  readonly since: number;
}

type Found = Omit<ParityCheck, 'checked_at' | 'took_s'>;

const NOTHING = {
  ...{ reason: '', from_sequence: 0, to_sequence: 0, records: 0, evaluations: 0, sessions: 0 },
  ...{ missing: 0, decisions: 0, orders: 0 },
} as const;
/** A text of both sides; whoever wants more runs `bifrost replay --verify`. */
const EXCERPT = 240;

/** Never throws for what the journal holds: that it cannot be read is a result. */
export function checkParity({ dir, since }: ParityTask): Found {
  giveWay();
  try {
    return replayed(dir, since);
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return { ...NOTHING, state: 'failed', reason: error.message };
  }
}

function replayed(dir: string, since: number): Found {
  const moments = parityMoments(dir, since);
  if (moments === null) {
    return { ...NOTHING, state: 'failed', reason: 'the journal holds no start of a session' };
  }
  const collector = new Collector();
  const { difference, records, evaluations, sessions, missing } = replay({
    dir,
    session: moments,
    onRecord: (record, deciders) => {
      const touched = [record.to, ...deciders.books.map(({ id }) => id)];
      const isSilent = record.effects.length + record.facts.length === 0;
      collector.take({ ...record, touched }, isSilent, deciders);
    },
  });
  return {
    state: difference === null ? 'identical' : 'differs',
    reason: difference === null ? '' : describeDifference(difference),
    from_sequence: moments.boot,
    to_sequence: moments.upTo,
    ...{ records, evaluations, sessions, missing },
    decisions: collector.decisionCount,
    orders: collector.orders,
  };
}

function describeDifference({ seq, kind, expected, actual }: Difference): string {
  let index = 0;
  while (index < expected.length && expected[index] === actual[index]) index += 1;
  const part = (text: string): string => text.slice(Math.max(0, index - 40), index + EXCERPT);
  return `record ${seq} (${kind}): written …${part(expected)}…, replayed …${part(actual)}…`;
}
