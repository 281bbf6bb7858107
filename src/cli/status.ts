/** `bifrost status`: the first question of the day, answered in a dozen lines. */

import { Command, InvalidArgumentError } from 'commander';
import type { BookView, HeartbeatView, StatusView } from '../protocol/views.ts';
import { type DaemonOptions, findDaemon, withDaemonOptions } from './find-daemon.ts';
import { fields, lampText, print, printJson, rounded, table, timeText } from './output.ts';
import { clearScreen, repeat } from './repeat.ts';

export function statusCommand(): Command {
  const command = new Command('status')
    .description('Shows what the engine is, has and does now.')
    .option('--watch', 'again and again, until Ctrl-C')
    .option('--interval <seconds>', 'between two looks, with --watch', parseSeconds, 1)
    .option('--json', 'as JSON; with --watch a line for each look');
  return withDaemonOptions(command).action(async (options: StatusOptions) => {
    if (options.watch !== true) {
      const status = await findDaemon(options).client.call('status', {});
      if (options.json) printJson(status);
      else print(statusText(status));
      return;
    }
    await repeat(options.interval, async () => {
      const status = await findDaemon(options).client.call('status', {});
      if (options.json) {
        print(JSON.stringify(status));
        return;
      }
      clearScreen();
      print(`${statusText(status)}\n`);
    });
  });
}

interface StatusOptions extends DaemonOptions {
  readonly json?: true;
  readonly watch?: true;
  readonly interval: number;
}

/** Between a tenth of a second, which is often enough for any eye, and an hour. */
function parseSeconds(text: string): number {
  const seconds = Number(text);
  if (seconds >= 0.1 && seconds <= 3600) return seconds;
  throw new InvalidArgumentError('give seconds from 0.1 to 3600');
}

function statusText(status: StatusView): string {
  const { self_check: check, status_lamp: lamp, block_reasons: reasons, mode } = status;
  const books = status.books.map(bookCells);
  const header = [
    'book',
    'trading',
    'hedge',
    'spot',
    'net delta',
    'shares',
    'legs',
    'hedges',
    'P&L USD',
  ];
  return [
    fields([
      ['lamp', `${lampText(lamp, lamp)} (${[check, ...reasons].join(', ')})`],
      ['mode', mode],
      ['daemon', status.status?.daemon_state ?? status.daemon_self_check],
      ['hedging', status.trading_suspended ? 'suspended' : 'active'],
      ['broker', brokerText(status)],
      ['heartbeat', timeText(status.daemon_heartbeat.last_ts)],
      ...status.alerts.map((alert) => ['alert', alertText(alert)] as const),
    ]),
    ...(books.length === 0 ? [] : ['', table(header, books)]),
    ...status.books.map(({ symbol, why }) => `${symbol}: ${why}`),
    ...status.books.map(attributionText),
  ].join('\n');
}

/** By its name: the run-book has a chapter of that name. */
function alertText({ id, symbol, text }: StatusView['alerts'][number]): string {
  return `${id}${symbol === null ? '' : ` (${symbol})`}: ${text}`;
}

function brokerText({ daemon_heartbeat: heartbeat, ib_config }: StatusView): string {
  const at = `${ib_config.ib_host} (${ib_config.ib_port_type})`;
  return heartbeat.ib_connected
    ? `connected to ${at} as client ${heartbeat.ib_client_id ?? '-'}`
    : `not connected to ${at}${retryText(heartbeat)}`;
}

function retryText({ seconds_until_retry: seconds }: HeartbeatView): string {
  return seconds === null ? '' : `, next attempt in ${Math.ceil(seconds)} s`;
}

/** The parts of the day's P&L that are not nothing, USD. */
function attributionText({ symbol, attribution, attribution_reason }: BookView): string {
  if (attribution === null) return `${symbol}: P&L by cause is not known: ${attribution_reason}`;
  const { total, realised_to_implied: ratio, break_even_move: breakEven } = attribution;
  const parts = SPLIT.filter(([, key]) => Math.abs(attribution[key]) >= 0.005).map(
    ([name, key]) => `${name} ${usdText(attribution[key])}`,
  );
  const details = [
    ratio !== null && `realised/implied variance ${ratio.toFixed(2)}`,
    breakEven !== null && `break-even move ${breakEven.toFixed(2)} USD a day`,
    `scalped ${usdText(attribution.scalped)}`,
  ].filter((one) => one !== false);
  const sum = `P&L ${usdText(total)} USD${parts.length > 0 ? ` = ${parts.join(', ')}` : ''}`;
  return `${symbol}: ${[sum, ...details].join('; ')}`;
}

const SPLIT = [
  ['delta', 'delta'],
  ['gamma', 'gamma'],
  ['theta', 'theta'],
  ['vega', 'vega'],
  ['vanna/volga', 'vanna_volga'],
  ['rho', 'rho'],
  ['dividends', 'dividend'],
  ['financing', 'financing'],
  ['costs', 'costs'],
  ['exercise', 'exercise'],
  ['unexplained', 'unexplained'],
] as const;

function usdText(usd: number): string {
  return `${usd < 0 ? '' : '+'}${usd.toFixed(2)}`;
}

function bookCells(book: BookView) {
  return [
    book.symbol,
    book.trading_state,
    book.hedge_state,
    rounded(book.spot, 4),
    rounded(book.net_delta, 1),
    book.stock_position,
    book.option_legs_count,
    book.daily_hedge_count,
    rounded(book.daily_pnl, 2),
  ];
}
