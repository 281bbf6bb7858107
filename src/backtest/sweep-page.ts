/** The report of a sweep as one page that needs nothing else. */

import { barChart, escapeText } from './chart.ts';
import type { FrontierPoint, SweepReport } from './frontier.ts';
import type { GridSpec } from './grid.ts';
import { drawer, htmlPage, jsonText, pairs, row, table } from './page.ts';
import type { SweepOutcome } from './sweep.ts';
import type { Band } from './sweep-bootstrap.ts';
import { countTable, frontierChart, heatTable, lastWord, numberText } from './sweep-charts.ts';
import type { Sensitivity } from './sweep-sensitivity.ts';
import type { BestSharpe } from './sweep-sharpe.ts';
import type { WalkForward } from './sweep-walk.ts';

export interface SweepPage {
  readonly symbol: string;
  readonly days: readonly string[];
  readonly dataHash: string;
  /** Of the configuration that the sets change. */
  readonly configHash: string;
  readonly version: string;
  readonly spec: GridSpec;
  readonly outcome: SweepOutcome;
  readonly report: SweepReport;
}

/** Rows and columns that a person still reads; the JSON has them all. */
const SETS_MAX = 400;
const COLUMNS_MAX = 40;

/** The whole page. */
export function sweepPage(page: SweepPage): string {
  const { symbol, days, report, spec, outcome } = page;
  const span = days.length === 1 ? days[0] : `${days[0]} – ${days.at(-1)}`;
  const title = `Sweep ${symbol} ${span}`;
  return htmlPage(title, [
    `<h1>${escapeText(title)}</h1>`,
    outcome.interrupted ? '<p class="warn">Interrupted: this is what was done until then.</p>' : '',
    headPart(page),
    '<h2>Frontier</h2>',
    frontierChart(report.points, pointName),
    `<p class="quiet">${BANDS_TEXT}</p>`,
    setTable(report.points),
    '<h2>What each parameter moves</h2>',
    explainedChart(report.sensitivity),
    ...report.sensitivity.map(sensitivityPart),
    heatPart(report),
    blockPart(report),
    walkPart(report.walk),
    luckPart(report.best),
    drawer('What was asked', jsonText(spec)),
  ]);
}

const BANDS_TEXT =
  'No other set has less hedge error than one of the frontier without more cost, or the reverse. ' +
  'Crosses and ranges hold nine tenths of the histories that are made by drawing the ' +
  'periods of the run again in blocks; “sure” is the share of these in which a set is on the ' +
  'frontier. A cross that leaves the picture is cut.';

function headPart({ spec, outcome, report, ...page }: SweepPage): string {
  const { results, rungs, hash, resumed } = outcome;
  const seeds = spec.seeds.length;
  const halved = rungs.map(({ days, sets }) => `${sets} sets on ${days} days`).join(', ');
  return pairs([
    ['Sets', `${report.points.length}${seeds > 1 ? `, ${seeds} seeds each` : ''}`],
    ['Search', spec.search],
    ...(halved === '' ? [] : [['Before that', halved] as const]),
    ['Runs', `${results.length}${resumed === 0 ? '' : `, ${resumed} from before`}`],
    ['Days', String(page.days.length)],
    ['Outcome', hash],
    ['Data', page.dataHash],
    ['Configuration', page.configHash],
    ['Version', page.version],
  ]);
}

function pointName(point: FrontierPoint): string {
  const { index, pnl, error, cost } = point;
  const numbers = `P&L ${numberText(pnl)}, error² ${numberText(error)}, cost ${numberText(cost)}`;
  return `set ${index}: ${parametersText(point)}; ${numbers}`;
}

function parametersText({ overrides }: FrontierPoint): string {
  const parts = Object.entries(overrides);
  return parts.map(([key, value]) => `${lastWord(key)} ${value}`).join(', ');
}

function setTable(points: readonly FrontierPoint[]): string {
  const sorted = points.toSorted(
    (a, b) => Number(b.efficient) - Number(a.efficient) || a.cost - b.cost || a.index - b.index,
  );
  const keys = [...new Set(points.flatMap(({ overrides }) => Object.keys(overrides)))];
  const rows = sorted
    .slice(0, SETS_MAX)
    .map((point) =>
      row(
        [
          ...[point.index, ...keys.map((key) => String(point.overrides[key]))],
          ...[numberText(point.pnl), bandText(point.bands?.pnl)],
          ...[numberText(point.error), bandText(point.bands?.error)],
          ...[numberText(point.cost), bandText(point.bands?.cost)],
          ...[numberText(point.hedges), percent(point.efficient_share)],
        ],
        point.efficient ? 'best' : '',
      ),
    );
  const head = [
    ...['set', ...keys.map(lastWord), 'P&L USD', '90 %', 'error² shares²', '90 %', 'cost USD'],
    ...['90 %', 'hedges', 'sure'],
  ];
  return table(head, rows, sorted.length);
}

function explainedChart(sensitivity: readonly Sensitivity[]): string {
  const bars = sensitivity.flatMap(({ parameter, explains }) =>
    (
      [
        ['error', 'error²'],
        ['cost', 'cost'],
        ['pnl', 'P&L'],
      ] as const
    ).map(
      ([key, name]) => [`${name} by ${lastWord(parameter)}`, 100 * (explains[key] ?? 0)] as const,
    ),
  );
  return barChart('What each explains by itself of the differences between sets', '%', bars);
}

function sensitivityPart({ parameter, values, explains }: Sensitivity): string {
  const rows = values.map((one) =>
    row([
      ...[one.value, one.sets, numberText(one.pnl), numberText(one.error)],
      ...[numberText(one.cost), numberText(one.hedges), Math.round(one.blocked)],
    ]),
  );
  const { pnl, error, cost } = explains;
  const share =
    `By itself it explains ${percent(pnl)} of the differences in P&L, ${percent(error)} in ` +
    `error², ${percent(cost)} in cost.`;
  const head = ['value', 'sets', 'P&L USD', 'error²', 'cost USD', 'hedges', 'closed evaluations'];
  return `<h3>${escapeText(parameter)}</h3>${table(head, rows)}<p>${escapeText(share)}</p>`;
}

function heatPart({ heat }: SweepReport): string {
  if (heat === null) return '';
  return [
    '<h2>Two parameters together</h2>',
    heatTable(heat, 'pnl', 'P&L, USD'),
    heatTable(heat, 'error', 'Variance of net delta, shares²'),
    heatTable(heat, 'cost', 'Cost of hedging, USD'),
  ].join('\n');
}

function blockPart({ blocks, points }: SweepReport): string {
  const shown = points.slice(0, COLUMNS_MAX);
  const cut = Object.fromEntries(
    Object.entries(blocks).map(([gate, counts]) => [gate, counts.slice(0, COLUMNS_MAX)]),
  );
  const rest = points.length > shown.length ? ` The first ${shown.length} sets.` : '';
  const columns = shown.map(({ index }) => String(index));
  return [
    '<h2>Closed gates</h2>',
    `<p class="quiet">Evaluations at which a gate was closed, by set.${rest}</p>`,
    countTable('gate', columns, cut),
  ].join('\n');
}

function walkPart(walk: WalkForward | null): string {
  if (walk === null) return '';
  const { windows, objective, steps, sets, pnl, blind_pnl: blind, better_half: better } = walk;
  const span = ([from, to]: readonly [string, string]): string =>
    from === to ? from : `${from} – ${to}`;
  const rows = steps.map(({ train, test, index, inside, outside, blind: all, rank }) =>
    row([
      ...[span(train), span(test), index, numberText(inside.pnl), numberText(outside.pnl)],
      ...[numberText(all.pnl), numberText(outside.error), numberText(outside.cost)],
      `${rank} of ${sets}`,
    ]),
  );
  const head = [
    ...['chosen on', 'judged on', 'set', 'P&L there', 'P&L after', 'all sets after'],
    ...['error² after', 'cost after', 'place after'],
  ];
  const sum =
    `After all choices ${numberText(pnl)} USD; all sets ${numberText(blind)} USD in the mean. ` +
    `The choice was in the better half in ${percent(better)} of the tests.`;
  const what =
    `The best ${objective} of ${daysText(windows.train_days)} is chosen, and judged on ` +
    `${daysText(windows.test_days)} after it, of which the choice knew nothing.`;
  return [
    '<h2>Walk-forward</h2>',
    `<p class="quiet">${escapeText(what)}</p>${table(head, rows)}<p>${escapeText(sum)}</p>`,
  ].join('\n');
}

function daysText(days: number): string {
  return days === 1 ? 'one day' : `${days} days`;
}

function luckPart(best: BestSharpe | null): string {
  if (best === null) return '';
  const { index, sharpe, samples, trials, expected, deflated } = best;
  return [
    '<h2>Skill or luck</h2>',
    pairs([
      ['Best Sharpe ratio', `${sharpe.toFixed(4)} a period (${samples} periods), set ${index}`],
      [`Best of ${trials} worthless sets`, `${expected.toFixed(4)} to be expected`],
      ['Better than luck', `with probability ${deflated.toFixed(2)} (deflated Sharpe ratio)`],
    ]),
  ].join('\n');
}

function bandText(band: Band | undefined): string {
  return band === undefined ? '–' : `${numberText(band[0])} … ${numberText(band[1])}`;
}

function percent(value: number | null): string {
  return value === null ? '–' : `${(100 * value).toFixed(0)} %`;
}
