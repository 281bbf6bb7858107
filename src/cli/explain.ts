/** `bifrost explain SYMBOL`: why a book is hedged or not. */

import { Command } from 'commander';
import type { LegView } from '../protocol/leg-view.ts';
import type { ExplainView, GateView } from '../protocol/views.ts';
import { type DaemonOptions, findDaemon, withDaemonOptions } from './find-daemon.ts';
import { fields, lampText, print, printJson, table, timeText } from './output.ts';

export function explainCommand(): Command {
  const command = new Command('explain')
    .description('Shows every gate of a book with its value and limit, and the would-be order.')
    .argument('<symbol>', 'the underlying of the book')
    .option('--json', 'as JSON');
  const run = async (symbol: string, options: DaemonOptions & { json?: true }) => {
    const view = await findDaemon(options).client.call('explain', { symbol });
    if (options.json) printJson(view);
    else print(explainText(view));
  };
  return withDaemonOptions(command).action(run);
}

function explainText(view: ExplainView): string {
  const order = view.would_be_order;
  const limit = order?.limit_price ?? null;
  const price = limit === null ? '' : ` at ${limit}`;
  const wouldBe =
    order === null
      ? 'none'
      : `${order.side} ${order.quantity}${price}, to ${order.target_shares} shares`;
  return [
    fields([
      ['book', view.symbol],
      ['at', timeText(view.ts)],
      ['trading', view.trading_state],
      ['hedge', view.hedge_state],
      ['verdict', view.verdict],
      ['why', view.why],
      ['band', bandText(view.band)],
      ['would-be order', wouldBe],
    ]),
    '',
    table(
      ['group', 'gate', 'value', 'limit', 'unit', 'opens at', 'verdict'],
      view.gates.map(cells),
    ),
    ...longValues(view.gates),
    ...(view.legs.length === 0 ? [] : ['', legsText(view.legs)]),
  ].join('\n');
}

/** Where each leg's volatility is from, why, and what its delta is compared with. */
function legsText(legs: readonly LegView[]): string {
  const rows = legs.map((leg) => [
    leg.label,
    text(leg.iv),
    leg.quality,
    leg.vol_reason,
    leg.quote_flags.join(', '),
    text(leg.delta),
    text(leg.model_delta),
    text(leg.difference_delta),
    text(leg.ib_delta),
    leg.delta_check,
    leg.delta_reason === null ? '' : `Black–Scholes: ${leg.delta_reason}`,
  ]);
  const names = ['leg', 'iv', 'from', 'because', 'quote', 'delta', 'model', 'difference', 'IB'];
  return table([...names, 'check', 'hedged by'], rows);
}

/** Net delta in shares: what is left alone, from where it is hedged, and whereto. */
function bandText(band: ExplainView['band']): string {
  const from = range(band.trigger_low, band.trigger_high) ?? 'not for now';
  const whereto = range(band.target_low, band.target_high);
  const lacks = band.fallback ? ', which lacks a number of the market: the thresholds' : '';
  const edges = `${range(band.low, band.high)}, hedged from ${from}, to ${whereto}`;
  return `${edges} (${band.policy}${lacks})`;
}

function range(low: number | null, high: number | null): string | null {
  if (low === null || high === null) return null;
  const [from, until] = [text(low), text(high)];
  return from === until ? from : `${from} to ${until}`;
}

function cells(gate: GateView) {
  const opens = gate.opens_at === null ? '' : timeText(gate.opens_at / 1000);
  const verdict = gate.pass ? lampText('green', 'pass') : lampText('red', 'block');
  const { group, gate: name, value, limit, unit } = gate;
  return [group, name, shortText(value), text(limit), unit, opens, verdict];
}

/** So wide may a column of values be that the limits beside it are still seen. */
const VALUE_LETTERS_MAX = 24;

/** Begins like the value; the whole of it stands below the table. */
function shortText(value: GateView['value']): string | null {
  const whole = text(value);
  if (whole === null || whole.length <= VALUE_LETTERS_MAX) return whole;
  return `${whole.slice(0, VALUE_LETTERS_MAX - 1).trimEnd()}…`;
}

function longValues(gates: readonly GateView[]): readonly string[] {
  const long = gates.filter(({ value }) => (text(value)?.length ?? 0) > VALUE_LETTERS_MAX);
  if (long.length === 0) return [];
  return ['', fields(long.map(({ gate, value }) => [gate, text(value)]))];
}

function text(value: string | number | boolean | null): string | null {
  if (typeof value !== 'number') return value === null ? null : String(value);
  return String(Number(value.toPrecision(8)));
}
