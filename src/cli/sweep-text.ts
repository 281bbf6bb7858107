/** A sweep's outcome in words and columns, for a terminal. */

import type { FrontierPoint, SweepReport } from '../backtest/frontier.ts';
import type { SweepOutcome } from '../backtest/sweep.ts';
import type { Sensitivity } from '../backtest/sweep-sensitivity.ts';
import type { BestSharpe } from '../backtest/sweep-sharpe.ts';
import type { WalkForward } from '../backtest/sweep-walk.ts';
import { type Cell, rounded, table } from './output.ts';

/** Sets in the table of a terminal; the JSON and the page have them all. */
const ROWS_MAX = 50;

/** `place` says where the results are kept. */
export function describeSweep(report: SweepReport, outcome: SweepOutcome, place: string): string {
  const { results, resumed, rungs, hash, interrupted } = outcome;
  const again = resumed === 0 ? '' : `, ${resumed} from before`;
  return [
    `${results.length} cells${again}${interrupted ? ' (interrupted)' : ''}, kept in ${place}`,
    `hash ${hash.slice(0, 16)}`,
    ...rungs.map(
      ({ days, sets, kept }) => `${sets} sets on ${days} days, ${kept.length} of them went on`,
    ),
    '',
    ...pointLines(report.points),
    ...report.sensitivity.flatMap(sensitivityLines),
    ...blockLines(report),
    ...walkLines(report.walk),
    ...luckLines(report.best),
  ].join('\n');
}

/** Parameters without the path that they share with nobody's eyes. */
function parametersText(overrides: FrontierPoint['overrides']): string {
  return Object.entries(overrides)
    .map(([key, value]) => `${key.split('.').at(-1)}=${value}`)
    .join(' ');
}

function pointLines(points: readonly FrontierPoint[]): readonly string[] {
  // Those that matter first: the frontier, by cost.
  const sorted = points.toSorted(
    (a, b) => Number(b.efficient) - Number(a.efficient) || a.cost - b.cost || a.index - b.index,
  );
  const shown = sorted.slice(0, ROWS_MAX);
  const left = sorted.length - shown.length;
  const rows = shown.map((point) => [
    ...[point.index, parametersText(point.overrides), rounded(point.pnl, 2)],
    ...[bandText(point.bands?.pnl), rounded(point.error, 1), bandText(point.bands?.error)],
    ...[rounded(point.cost, 2), bandText(point.bands?.cost)],
    point.efficient ? '*' : '',
    point.efficient_share === null ? null : `${(100 * point.efficient_share).toFixed(0)} %`,
  ]);
  const head = ['set', 'parameters', 'P&L', '90 %', 'error²', '90 %', 'cost', '90 %', '', 'sure'];
  return [
    table(head, rows),
    ...(left > 0 ? [`and ${left} more`] : []),
    '* no other set has less net-delta variance without more cost, or the other way round;',
    '  sure: the share of histories, drawn again from the periods, in which that is so',
  ];
}

function sensitivityLines({ parameter, values, explains }: Sensitivity): readonly string[] {
  const share = (value: number | null): string =>
    value === null ? '-' : `${(100 * value).toFixed(0)} %`;
  const { pnl, error, cost } = explains;
  return [
    '',
    table(
      [parameter, 'sets', 'P&L', 'error²', 'cost', 'hedges', 'closed'],
      values.map((one) => [
        ...[one.value, one.sets, rounded(one.pnl, 2), rounded(one.error, 1)],
        ...[rounded(one.cost, 2), rounded(one.hedges, 1), rounded(one.blocked, 0)],
      ]),
    ),
    `explains ${share(pnl)} of the differences in P&L, ${share(error)} in error², ` +
      `${share(cost)} in cost`,
  ];
}

/** Gates beside each other, of as many sets as a terminal is wide. */
function blockLines({ blocks, points }: SweepReport): readonly string[] {
  const reasons = Object.keys(blocks);
  if (reasons.length === 0) return [];
  const shown = points.slice(0, SETS_WIDE);
  const head = ['closed evaluations of set', ...shown.map(({ index }) => String(index))];
  const rows = reasons.map((reason): readonly Cell[] => [
    reason,
    ...shown.map((_, at) => rounded(blocks[reason]?.[at] ?? 0, 0)),
  ]);
  return ['', table(head, rows)];
}

const SETS_WIDE = 8;

function walkLines(walk: WalkForward | null): readonly string[] {
  if (walk === null) return [];
  const { windows, steps, pnl, blind_pnl: blind, better_half: better, sets } = walk;
  const rows = steps.map(({ train, test, index, inside, outside, blind: all, rank }) => [
    ...[spanText(train), spanText(test), index, rounded(inside.pnl, 2)],
    ...[rounded(outside.pnl, 2), rounded(all.pnl, 2), rounded(outside.error, 1)],
    ...[rounded(outside.cost, 2), `${rank} of ${sets}`],
  ]);
  return [
    '',
    `walk-forward: the best ${walk.objective} of ${windows.train_days} ` +
      `${windows.train_days === 1 ? 'day' : 'days'}, judged on the next`,
    table(
      ['chosen on', 'judged on', 'set', 'P&L in', 'P&L out', 'all sets', 'error²', 'cost', 'place'],
      rows,
    ),
    `out of sample ${pnl.toFixed(2)} USD, all sets ${blind.toFixed(2)}; ` +
      `in the better half in ${(100 * better).toFixed(0)} % of the tests`,
  ];
}

function luckLines(best: BestSharpe | null): readonly string[] {
  if (best === null) return [];
  const { index, sharpe, trials, expected, deflated, samples } = best;
  return [
    '',
    `best Sharpe: set ${index}, ${sharpe.toFixed(4)} a period (${samples} periods); the best of ` +
      `${trials} worthless ones would show ${expected.toFixed(4)}; ` +
      `better than luck with probability ${deflated.toFixed(2)}`,
  ];
}

function bandText(band: readonly [number, number] | undefined): string | null {
  return band === undefined ? null : `${shortNumber(band[0])} … ${shortNumber(band[1])}`;
}

function shortNumber(value: number): string {
  return Math.abs(value) >= 100 ? value.toFixed(0) : value.toFixed(1);
}

function spanText([from, to]: readonly [string, string]): string {
  return from === to ? from : `${from}–${to}`;
}
