/** Statistics as one page that needs nothing else: no script, no network, no other file. */

import { barChart, escapeText, type Line, lineChart } from '../backtest/chart.ts';
import { htmlPage } from '../backtest/page.ts';
import type { DistributionView, StatisticsView } from '../protocol/statistics-view.ts';
import { blockTotals, dayText, statisticsText, winsText } from './stats-text.ts';

/** Bars that a person still reads; the tables have all of them. */
const BARS_MAX = 62;
const REASONS_MAX = 7;

/** The whole page: charts, and the text's tables below them. */
export function statisticsPage(statistics: StatisticsView): string {
  const { from_day: from, until_day: until } = statistics;
  const span = from === null || until === null ? '' : `${dayText(from)} to ${dayText(until)}`;
  const title = `Bifrost statistics ${span}`.trim();
  return htmlPage(title, [
    `<h1>${escapeText(title)}</h1>`,
    span === '' ? '<p>There is no history yet.</p>' : charts(statistics),
    `<h2>Tables</h2><pre tabindex="0">${escapeText(statisticsText(statistics))}</pre>`,
  ]);
}

function charts(statistics: StatisticsView): string {
  const { per_day: days, per_week: weeks, per_month: months, states } = statistics;
  const bars = (of: StatisticsView['per_day'], what: 'hedges' | 'pnl') =>
    of.slice(-BARS_MAX).map((row) => [dayText(row.period), row[what] ?? 0] as const);
  const { total: _, ...parts } = statistics.attribution;
  const times = states.map(
    ({ machine, state, seconds }) => [`${machine} ${state}`, seconds / 60] as const,
  );
  const reasons = blockTotals(statistics).map(
    ([kind, reason, count]) => [`${kind} ${reason}`, count] as const,
  );
  return [
    `<p>Wins by hedge: ${escapeText(winsText(statistics.hedge_wins))}.`,
    `Wins by day: ${escapeText(winsText(statistics.day_wins))}.</p>`,
    '<h2>P&amp;L</h2>',
    lineChart('P&L of all days so far', 'USD', [{ name: 'P&L', points: cumulative(days) }]),
    barChart('P&L by day', 'USD', bars(days, 'pnl')),
    histogram('P&L of hedges', statistics.hedge_pnl),
    histogram('P&L of days', statistics.day_pnl),
    barChart('Where it came from', 'USD', Object.entries(parts)),
    '<h2>Hedges</h2>',
    barChart('Hedges by day', 'count', bars(days, 'hedges')),
    barChart('Hedges by week, from Monday', 'count', bars(weeks, 'hedges')),
    barChart('Hedges by month', 'count', bars(months, 'hedges')),
    lineChart('Costs by day', 'USD', costs(days)),
    '<h2>What stood in the way</h2>',
    barChart('Reasons', 'count', reasons.slice(0, BARS_MAX)),
    lineChart('Reasons by day', 'count', reasonLines(statistics)),
    '<h2>Time in states</h2>',
    barChart('Time in each state', 'minutes', times),
  ].join('\n');
}

function histogram(title: string, found: DistributionView | null): string {
  const bars = (found?.histogram ?? []).map(
    ({ from, until, count }) => [`${from} to ${until}`, count] as const,
  );
  return barChart(`${title}, USD`, 'count', bars);
}

function cumulative(days: StatisticsView['per_day']): Line['points'] {
  let sum = 0;
  return days.map(({ period, pnl }) => {
    sum += pnl ?? 0;
    return [noonOf(period), sum] as const;
  });
}

function costs(days: StatisticsView['per_day']): readonly Line[] {
  return (['commission', 'slippage'] as const).map((name) => ({
    name,
    points: days.map((day) => [noonOf(day.period), day[name]] as const),
  }));
}

/** The most frequent reasons, with zeros on the days on which they were not given. */
function reasonLines(statistics: StatisticsView): readonly Line[] {
  const { blocks } = statistics;
  const days = [...new Set(blocks.map(({ day }) => day))].sort();
  return blockTotals(statistics)
    .slice(0, REASONS_MAX)
    .map(([kind, reason]) => {
      const of = blocks.filter((row) => row.kind === kind && row.reason === reason);
      const counts = new Map(of.map(({ day, count }) => [day, count] as const));
      const points = days.map((day) => [noonOf(day), counts.get(day) ?? 0] as const);
      return { name: `${kind} ${reason}`, points };
    });
}

/** Days have no time of their own; the axis shows them at noon. */
function noonOf(day: string): number {
  return Date.parse(`${dayText(day)}T12:00:00Z`);
}
