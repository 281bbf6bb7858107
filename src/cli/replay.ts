/** `bifrost replay`: a journal through fresh deciders, and whether they decide the same again. */

import { Command, InvalidArgumentError } from 'commander';
import { replay } from '../engine/replay.ts';
import { Fault } from '../fault.ts';
import type { Fact } from '../protocol/facts.ts';
import { defaultDataDir, journalDir } from './journal-dir.ts';
import { fields, print, printJson, table, timeText } from './output.ts';

interface ReplayFlags {
  readonly verify?: boolean;
  readonly recompute?: boolean;
  readonly until?: number;
  readonly json?: boolean;
}

export function replayCommand(): Command {
  return new Command('replay')
    .description('run a journal again through the same machines')
    .argument('[path]', 'a data directory, its journal/ folder, or a file in it', defaultDataDir())
    .option('--verify', 'fail unless every verdict, effect and ledger hash is the same again')
    .option('--recompute', 'price every evaluation again, and fail on a difference above 1e-9')
    .option('--until <time>', 'stop at this trading time, ISO 8601 with zone', toTime)
    .option('--json', 'print JSON')
    .action((path: string, flags: ReplayFlags) => run(path, flags));
}

function run(path: string, flags: ReplayFlags): void {
  const operations: Extract<Fact, { fact: 'operation' }>[] = [];
  const result = replay({
    dir: journalDir(path),
    recompute: flags.recompute === true,
    ...(flags.until === undefined ? {} : { until: flags.until }),
    onRecord: ({ facts }) => {
      for (const fact of facts) if (fact.fact === 'operation') operations.push(fact);
    },
  });
  const { difference, ...counts } = result;
  const checks = flags.verify === true || flags.recompute === true;
  // Of nothing it is not said that it is identical.
  if (checks && counts.records === 0) {
    throw new Fault('data_unreadable', `the journal in ${path} holds no record to check`);
  }
  if (flags.json === true) printJson({ ...counts, identical: difference === null, difference });
  else {
    if (!checks) print(operationTable(operations));
    print(
      fields([
        ['records', counts.records],
        ['evaluations', counts.evaluations],
        ['sessions', counts.sessions],
        ['missing', counts.missing],
        ...(flags.recompute === true ? [['legs priced', counts.repriced] as const] : []),
        ['identical', difference === null ? 'yes' : 'no'],
      ]),
    );
  }
  if (!checks) return;
  if (difference !== null) {
    const { seq, kind, expected, actual } = difference;
    throw new Fault('replay_differs', `record ${seq} ${DIFFERS[kind] ?? `(${kind}) ${OTHER}`}`, {
      remedy: `written: ${excerpt(expected, actual)}\n  → replayed: ${excerpt(actual, expected)}`,
    });
  }
}

const OTHER = 'decides differently';

const DIFFERS: Readonly<Record<string, string>> = {
  gap: 'stands behind a gap that nothing explains',
  price: 'holds a greek that its quotes do not give',
};

/** Where two texts part, with what stands before it. */
function excerpt(text: string, other: string): string {
  let index = 0;
  while (index < text.length && text[index] === other[index]) index += 1;
  return `…${text.slice(Math.max(0, index - 60), index + 160)}…`;
}

function operationTable(operations: readonly Extract<Fact, { fact: 'operation' }>[]): string {
  const header = ['time', 'type', 'symbol', 'side', 'quantity', 'price', 'reason'];
  const rows = operations.map((one) => [
    timeText(one.tradingTs / 1000),
    one.type,
    one.symbol,
    one.side,
    one.quantity,
    one.price,
    one.stateReason,
  ]);
  return table(header, rows);
}

function toTime(text: string): number {
  const time = Date.parse(text);
  if (Number.isNaN(time))
    throw new InvalidArgumentError('give a time such as 2026-09-14T14:30:00Z');
  return time;
}
