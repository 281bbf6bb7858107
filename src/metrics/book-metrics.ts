/** Metrics of books: what they hold, what it is worth, and what keeps them from hedging. */

import type { BookView } from '../protocol/views.ts';
import { type Metric, type Scrape, sample } from './metric.ts';

type Value = number | boolean | null;

/** A gauge of each book. */
function ofBook(name: string, help: string, value: (book: BookView) => Value): Metric {
  return {
    name: `bifrost_book_${name}`,
    type: 'gauge',
    help,
    labels: ['book', 'account'],
    take: ({ status }) =>
      status.books.map((book) => sample([book.symbol, book.account], value(book))),
  };
}

/** A gauge of each book with one more label. */
function partsOfBook(
  name: string,
  help: string,
  label: string,
  parts: (book: BookView) => readonly (readonly [string, Value])[],
): Metric {
  return {
    ...ofBook(name, help, () => null),
    labels: ['book', 'account', label],
    take: ({ status }) =>
      status.books.flatMap((book) =>
        parts(book).map(([part, value]) => sample([book.symbol, book.account, part], value)),
      ),
  };
}

const PNL_PARTS = [
  ...['delta', 'gamma', 'theta', 'vega', 'vanna_volga', 'rho', 'dividend', 'financing'],
  ...['commission', 'slippage', 'option_spread', 'exercise', 'unexplained'],
] as readonly (keyof NonNullable<BookView['attribution']>)[];

function pnlParts({ attribution }: BookView): readonly (readonly [string, Value])[] {
  if (attribution === null) return [];
  return PNL_PARTS.map((part) => [part, Number(attribution[part])] as const);
}

function gates({ explained }: Scrape) {
  return explained.flatMap(({ symbol, gates: all }) =>
    all.map(({ group, gate, pass }) => sample([symbol, group, gate], pass)),
  );
}

export const BOOK_METRICS: readonly Metric[] = [
  ofBook('spot_dollars', 'Last mid of the underlying.', ({ spot }) => spot),
  ofBook('spread_dollars', 'Ask less bid of the underlying.', ({ bid, ask }) =>
    bid === null || ask === null ? null : ask - bid,
  ),
  ofBook('net_delta_shares', 'Net delta of the book, shares.', ({ net_delta }) => net_delta),
  ofBook('band_low_shares', 'Net delta down to it is left alone.', ({ band }) => band.low),
  ofBook('band_high_shares', 'Net delta up to it is left alone.', ({ band }) => band.high),
  ofBook(
    'trigger_low_shares',
    'Net delta at or below it is hedged.',
    ({ band }) => band.trigger_low,
  ),
  ofBook(
    'trigger_high_shares',
    'Net delta at or above it is hedged.',
    ({ band }) => band.trigger_high,
  ),
  ofBook('position_shares', 'Shares that are ours, signed.', (book) => book.stock_position),
  ofBook('foreign_shares', 'Shares of the account that are not ours.', (book) => {
    return book.foreign_shares;
  }),
  ofBook('option_legs', 'Option legs of the book.', (book) => book.option_legs_count),
  ofBook('hedges_today', 'Hedges since the trading day began.', (book) => book.daily_hedge_count),
  ofBook('pnl_today_dollars', 'P&L of the trading day, USD.', ({ daily_pnl }) => daily_pnl),
  partsOfBook(
    'pnl_today_part_dollars',
    'Where the P&L of the trading day came from, USD; costs are negative.',
    'part',
    pnlParts,
  ),
  partsOfBook(
    'greek',
    'Delta (shares), gamma (shares per USD), theta (USD per day), vega (USD per vol point).',
    'greek',
    ({ greeks }) => Object.entries(greeks),
  ),
  partsOfBook('volatility_ratio', 'Annualised volatility by source.', 'source', (book) => [
    ['realised', book.volatility.realised],
    ['implied', book.volatility.implied],
  ]),
  ofBook('data_lag_seconds', 'Socket read to evaluation, of the newest one.', (book) =>
    book.data_lag_ms === null ? null : book.data_lag_ms / 1000,
  ),
  ofBook('suspended', '1 while the book is suspended.', ({ suspended }) => suspended),
  ofBook('market_closed', '1 while its market is closed.', (book) => book.market_closed),
  partsOfBook('block_reason', '1 for each reason that keeps it from hedging now.', 'reason', (b) =>
    b.block_reasons.map((reason) => [reason, 1] as const),
  ),
  {
    name: 'bifrost_gate_open',
    type: 'gauge',
    help: '1 while the gate lets a hedge through.',
    labels: ['book', 'group', 'gate'],
    take: gates,
  },
  {
    name: 'bifrost_gate_blocks_total',
    type: 'counter',
    help: 'Evaluations in which the gate kept a hedge back.',
    labels: ['book', 'gate'],
    take: ({ engine }) =>
      (engine?.gateBlocks ?? []).map(({ labels, count }) => sample(labels, count)),
  },
  {
    name: 'bifrost_account_position',
    type: 'gauge',
    help: 'Position of the account, signed: shares or contracts.',
    labels: ['account', 'symbol', 'sec_type', 'expiry', 'strike', 'right'],
    take: ({ status }) =>
      status.accounts.flatMap(({ account_id: account, positions }) =>
        positions.map((it) => {
          const { symbol, secType, expiry, strike, right, position } = it;
          const at = strike === null ? '' : String(strike);
          return sample([account, symbol, secType, expiry, at, right], position);
        }),
      ),
  },
  {
    name: 'bifrost_account_value_dollars',
    type: 'gauge',
    help: 'Summary of the account by tag, in its base currency.',
    labels: ['account', 'tag'],
    take: ({ status }) =>
      status.accounts.flatMap(({ account_id: account, summary }) =>
        ['NetLiquidation', 'TotalCashValue', 'BuyingPower'].flatMap((tag) => {
          const value = Number.parseFloat(summary[tag] ?? '');
          return Number.isFinite(value) ? [sample([account, tag], value)] : [];
        }),
      ),
  },
];
