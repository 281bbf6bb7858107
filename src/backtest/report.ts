/**
 * The report of a run as one page that needs nothing else: no network, no other file. Charts are
 * drawn here; the only script filters the table of decisions.
 */

import { barChart, escapeText, type Line, lineChart, momentText } from './chart.ts';
import type { Decision } from './collector.ts';
import { drawer, htmlPage, jsonText, pairs, row, table } from './page.ts';
import type { BacktestResult, TradeRow } from './result.ts';
import type { Point } from './series.ts';

/** Rows of the tables of trades and decisions; the JSON has them all. */
const ROWS_MAX = 3000;

/** The whole page. */
export function reportPage(result: BacktestResult): string {
  const { run } = result;
  const title = `Backtest ${run.symbol} ${run.days[0]} – ${run.days.at(-1)}`;
  const parts = [
    `<h1>${escapeText(title)}</h1>`,
    run.interrupted ? '<p class="warn">Interrupted: this is what was done until then.</p>' : '',
    totalsPart(result),
    chartsPart(result),
    calibrationPart(result),
    gatesPart(result),
    drawer('Trades', tradeTable(result.trades, result.totals.trades)),
    decisionPart(result),
    settingsPart(result),
  ];
  return htmlPage(title, parts, SCRIPT);
}

function totalsPart(result: BacktestResult): string {
  const { totals, ratios, final, hedge_error: error, exposure } = result;
  const usd = (value: number | null): string => (value === null ? '–' : value.toFixed(2));
  const ratio = (value: number | null): string => (value === null ? '–' : value.toFixed(2));
  const of = `of ${ratios.samples} ${ratios.from}`;
  const rows: (readonly [string, string])[] = [
    ['P&L', `${usd(totals.pnl)} USD`],
    ['Maximum drawdown', `${usd(totals.max_drawdown)} USD, ${lengthText(totals.max_drawdown_ms)}`],
    ['Sharpe', `${ratio(ratios.sharpe)} (${of})`],
    ['Sortino', ratio(ratios.sortino)],
    ['VaR / CVaR 95 %', `${usd(ratios.var95)} / ${usd(ratios.cvar95)} USD ${of}`],
    ['Hit rate', ratios.hit_rate === null ? '–' : `${(100 * ratios.hit_rate).toFixed(1)} % ${of}`],
    ['Hedges', `${totals.hedges} (${totals.orders} orders, ${totals.rejects} rejected)`],
    ['Turnover in shares', `${usd(totals.turnover)} USD`],
    ['Commissions', `${usd(totals.commissions)} USD`],
    ['Slippage of hedges', `${usd(totals.slippage)} USD`],
    ['Spread paid for options', `${usd(totals.option_spread)} USD`],
    ['Realised over implied variance', ratio(result.realised_to_implied)],
    ['Net delta, mean', error === null ? '–' : `${error.mean.toFixed(1)} shares`],
    ['Net delta, deviation', error === null ? '–' : `${Math.sqrt(error.variance).toFixed(1)}`],
    ['Net delta, 5 % to 95 %', error === null ? '–' : quantilesOf(error.quantiles)],
    ['Gross exposure, most', exposure === null ? '–' : `${usd(exposure.max)} USD`],
    ['Quotes / evaluations', `${totals.quotes} / ${totals.evaluations}`],
    ['Held at the end', heldText(final)],
  ];
  const notes = result.notes.map(
    ({ ts, text }) => `<li><time>${momentText(ts)}</time> ${escapeText(text)}</li>`,
  );
  const alerts = Object.entries(result.alerts).map(
    ([name, times]) => `<li>${escapeText(name)} × ${times}</li>`,
  );
  const list = (name: string, items: readonly string[]): string =>
    items.length === 0 ? '' : `<h3>${name}</h3><ul>${items.join('')}</ul>`;
  return `<h2>Totals</h2>${pairs(rows)}${list('What was held', notes)}${list('Alerts', alerts)}`;
}

function quantilesOf(quantiles: Readonly<Record<string, number>>): string {
  return `${(quantiles['5'] ?? 0).toFixed(1)} to ${(quantiles['95'] ?? 0).toFixed(1)}`;
}

function heldText({ shares, legs }: BacktestResult['final']): string {
  const options = legs.map(({ contract, quantity }) => `${quantity} × ${contract}`);
  return [`${shares} shares`, ...options].join(', ');
}

function chartsPart(result: BacktestResult): string {
  const peak = drawdownOf(result.equity);
  const terms: Line[] = Object.entries(result.attribution_over_time).map(([name, points]) => ({
    name,
    points,
  }));
  const attribution = Object.entries(result.attribution).filter(
    ([term]) => term !== 'implied_gamma' && term !== 'costs',
  );
  const days = result.days.map(({ day, pnl }) => [day, pnl] as const);
  const states = Object.entries(result.time_in_state).map(
    ([state, ms]) => [state, ms / 60_000] as const,
  );
  return [
    '<h2>Course</h2>',
    lineChart('P&L', 'USD', [{ name: 'P&L', points: result.equity }]),
    lineChart('Below the highest P&L', 'USD', [{ name: 'drawdown', points: peak }]),
    lineChart('Spot', 'USD', [{ name: result.run.symbol, points: result.spot }]),
    lineChart('Attribution', 'USD', terms),
    barChart('Attribution of the whole', 'USD', attribution),
    days.length > 1 && days.length <= 60 ? barChart('P&L by day', 'USD', days) : '',
    barChart('Time in each state', 'minutes', states),
  ].join('\n');
}

/** Was gamma dear or cheap, by how long the options had to live when they were entered. */
function calibrationPart({ calibration }: BacktestResult): string {
  if (calibration.length === 0) return '';
  const percent = (value: number): string => `${(100 * value).toFixed(1)} %`;
  const rows = calibration.map(({ from_dte, to_dte, positions, ...of }) =>
    row([
      to_dte === null ? `from ${from_dte}` : `${from_dte} to ${to_dte}`,
      ...[positions, percent(of.implied), percent(of.realised)],
      ...[of.ratio.toFixed(2), of.sessions.toFixed(1)],
    ]),
  );
  const head = ['days to expiry', 'positions', 'implied', 'realised', 'variance', 'sessions'];
  const text = 'Variance: realised over implied; above 1 gamma was cheap. Sessions: mean held.';
  return `<h2>Implied and realised volatility</h2>${table(head, rows)}<p class="quiet">${text}</p>`;
}

function gatesPart({ block_reasons: reasons, blocked_over_time: over }: BacktestResult): string {
  const bars = Object.entries(reasons).sort(([, a], [, b]) => b - a);
  const lines: Line[] = bars.slice(0, 7).map(([name]) => ({
    name,
    points: over.map(([ts, counts]) => [ts, counts[name] ?? 0] as const),
  }));
  return [
    '<h2>Closed gates</h2>',
    barChart('Evaluations at which a gate was closed', 'count', bars),
    lineChart('The same over time', 'evaluations in half an hour', lines),
  ].join('\n');
}

function tradeTable(trades: readonly TradeRow[], count: number): string {
  const rows = trades
    .slice(0, ROWS_MAX)
    .map(({ ts, kind, contract, quantity, price, commission }) =>
      row([momentText(ts), kind, contract, quantity, price, commission]),
    );
  const head = ['time (UTC)', 'kind', 'contract', 'quantity', 'price', 'commission'];
  return table(head, rows, count);
}

function decisionPart({ decisions, totals }: BacktestResult): string {
  const rows = decisions.slice(0, ROWS_MAX).map(decisionRow);
  const head = [
    ...['time (UTC)', 'verdict', 'trading', 'hedge', 'O D M L E S', 'spot', 'spread %'],
    ...['net delta', 'gamma', 'need', 'sent', 'closed gates and causes'],
  ];
  const filter = '<label>Show rows with <input id="filter" placeholder="cooldown"></label>';
  return drawer('Decisions', `${filter}${table(head, rows, totals.decisions, 'decisions')}`);
}

function decisionRow(decision: Decision): string {
  const { ts, verdict, trading, hedge, space, spot, net_delta: delta, gamma } = decision;
  const why = [...decision.causes, ...decision.block_reasons].join(', ');
  const sent = decision.quantity === 0 ? '' : decision.quantity;
  return row([
    ...[momentText(ts), verdict, trading, hedge, space, spot?.toFixed(3) ?? '–'],
    ...[decision.spread_pct?.toFixed(3) ?? '–', delta?.toFixed(1) ?? '–'],
    ...[gamma?.toFixed(2) ?? '–', decision.need, sent, why],
  ]);
}

function settingsPart(result: BacktestResult): string {
  const { run, decisions_hash, output_hash, data_origin } = result;
  const { gates, hedging, order, greeks, execution, holding, actions, ...identity } = run;
  const settings = { gates, hedging, order, greeks, execution, holding, actions };
  return [
    '<h2>What was run</h2>',
    jsonText({ ...identity, data_origin, decisions_hash, output_hash }),
    `<details><summary>Every setting</summary>${jsonText(settings)}</details>`,
  ].join('\n');
}

function drawdownOf(points: readonly Point[]): readonly Point[] {
  let peak = Number.NEGATIVE_INFINITY;
  return points.map(([ts, value]) => {
    peak = Math.max(peak, value);
    return [ts, value - peak] as const;
  });
}

function lengthText(ms: number): string {
  const days = ms / 86_400_000;
  return days < 2 ? `${(ms / 3_600_000).toFixed(1)} hours` : `${days.toFixed(1)} days`;
}

const SCRIPT = `
const filter = document.getElementById('filter');
filter?.addEventListener('input', () => {
  const wanted = filter.value.toLowerCase();
  for (const row of document.querySelectorAll('#decisions tbody tr')) {
    row.hidden = !row.textContent.toLowerCase().includes(wanted);
  }
});
`;
