/** `bifrost accounts`: what each account has and holds, as the broker told it. */

import { Command } from 'commander';
import type { AccountView, PositionView, StatusView } from '../protocol/views.ts';
import { type DaemonOptions, findDaemon, withDaemonOptions } from './find-daemon.ts';
import { fields, print, printJson, rounded, table, timeText } from './output.ts';

export function accountsCommand(): Command {
  const command = new Command('accounts')
    .description('Shows what each account has and holds, with prices and P&L.')
    .option('--json', 'as JSON');
  return withDaemonOptions(command).action(async (options: DaemonOptions & { json?: true }) => {
    const status = await findDaemon(options).client.call('status', {});
    const { accounts, accounts_fetched_at } = status;
    if (options.json) printJson({ accounts_fetched_at, accounts });
    else print(accountsText(status));
  });
}

function accountsText({ accounts, accounts_fetched_at: readAt }: StatusView): string {
  if (accounts.length === 0) return 'no account has been read yet';
  return accounts.map((account) => accountText(account, readAt)).join('\n\n');
}

/** The lines of the broker's summary that a trader looks at first. */
const SUMMARY: readonly (readonly [tag: string, name: string])[] = [
  ['NetLiquidation', 'net liquidation'],
  ['TotalCashValue', 'cash'],
  ['BuyingPower', 'buying power'],
  ['ExcessLiquidity', 'excess liquidity'],
  ['MaintMarginReq', 'maintenance margin'],
];

function accountText({ account_id: id, summary, positions }: AccountView, readAt: number | null) {
  const told = SUMMARY.filter(([tag]) => summary[tag] !== undefined);
  return [
    fields([
      ['account', id],
      ['read', timeText(readAt)],
      ...told.map(([tag, name]) => [name, summary[tag]] as const),
    ]),
    '',
    positions.length === 0 ? 'no positions' : table(HEADER, positions.map(cells)),
  ].join('\n');
}

/** Average cost as the broker tells it: of an option, that of the whole contract. */
const HEADER = ['instrument', 'position', 'average cost', 'price', 'P&L', 'moneyness %'];

function cells(position: PositionView) {
  const { position: held, avgCost, price, unrealized_pnl: pnl, moneyness } = position;
  return [
    instrumentText(position),
    held,
    rounded(avgCost, 2),
    rounded(price, 3),
    rounded(pnl, 2),
    rounded(moneyness, 2),
  ];
}

/** As everywhere: `SPY`, or `SPY 2023-09-01 430 P`. */
function instrumentText({ symbol, secType, expiry, strike, right }: PositionView): string {
  if (secType === 'STK' || expiry === null) return symbol;
  const day = expiry.replace(/^(\d{4})(\d\d)(\d\d)$/, '$1-$2-$3');
  return `${symbol} ${day} ${strike} ${right}`;
}
