/**
 * Regulation T in rough: half the value of shares, a fifth of the underlying for a short option. A
 * long option is paid in full and lends nothing. Enough for an order to be refused as IB would.
 */

import type { OptionContract } from '../../domain/contract.ts';
import { type Market, midOfQuote } from './market.ts';
import type { AccountState, ExchangeState } from './state.ts';

export interface Margin {
  /** USD. */
  readonly initial: number;
  readonly maintenance: number;
  /** Net liquidation less what long options are worth. */
  readonly equityWithLoan: number;
}

const STOCK_INITIAL = 0.5;
const STOCK_MAINTENANCE = 0.25;
const SHORT_OPTION = 0.2;
const SHORT_OPTION_LEAST = 0.1;

/** What an account must hold, as it is or with one position changed. */
export function marginOf(
  state: ExchangeState,
  market: Market,
  account: AccountState,
  change: { readonly conId: number; readonly quantity: number; readonly cash: number } | null,
  contracts: ReadonlyMap<number, { readonly secType: string }>,
): Margin {
  const quantities = new Map<number, number>();
  for (const [conId, { quantity }] of account.positions) quantities.set(conId, quantity);
  if (change !== null) {
    quantities.set(change.conId, (quantities.get(change.conId) ?? 0) + change.quantity);
  }
  const sum = { initial: 0, maintenance: 0, equity: account.cash + (change?.cash ?? 0) };
  for (const [conId, quantity] of quantities) {
    const contract = contracts.get(conId);
    const price = priceOf(market, conId, state.now);
    if (contract === undefined || quantity === 0) continue;
    if (contract.secType === 'STK') {
      sum.equity += quantity * price;
      sum.initial += Math.abs(quantity) * price * STOCK_INITIAL;
      sum.maintenance += Math.abs(quantity) * price * STOCK_MAINTENANCE;
    } else if (quantity < 0) {
      const option = contract as OptionContract;
      const need = shortOption(option, price, priceOf(market, option.underlyingConId, state.now));
      sum.equity += quantity * price * option.multiplier;
      sum.initial -= quantity * need * option.multiplier;
      sum.maintenance -= quantity * need * option.multiplier;
    }
  }
  const { initial, maintenance, equity } = sum;
  return { initial, maintenance, equityWithLoan: equity };
}

function shortOption({ strike, right }: OptionContract, price: number, spot: number): number {
  const outOfTheMoney = Math.max(0, right === 'C' ? strike - spot : spot - strike);
  const need = Math.max(SHORT_OPTION * spot - outOfTheMoney, SHORT_OPTION_LEAST * spot);
  return price + need;
}

function priceOf(market: Market, conId: number, now: number): number {
  const quote = market.quote(conId, now);
  const price = quote === null ? 0 : midOfQuote(quote);
  return price > 0 ? price : 0;
}
