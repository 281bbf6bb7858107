/**
 * What an order costs at IB, order by order. The minimum of an order is charged with its first fill
 * and the rest as it fills, so that the parts of an order cost as much as the whole.
 *
 * Sources: interactivebrokers.com/en/pricing, commissions of stocks (fixed: half a cent a share, a
 * dollar at least, one percent of the value at most, the latter going before the former; tiered:
 * 0.35 cents a share, 35 cents at least, with what exchanges and clearing take) and of options (65
 * cents a contract, 50 below ten cents of premium, 25 below five, a dollar at least); its "Fixed
 * vs. Tiered Pricing Comparison Examples" are the cases of the test.
 */

import type { Contract } from '../../domain/contract.ts';
import type { OrderSide } from '../../domain/order.ts';
import type { CommissionRates } from './scenario.ts';

/** An order with what has traded of it. */
export interface TradedOrder {
  readonly contract: Contract;
  readonly side: OrderSide;
  /** Shares or contracts. */
  readonly filled: number;
  /** Mean price per share. */
  readonly averagePrice: number;
  /** USD, with earlier fills. */
  readonly charged: number;
}

/** The smallest tier, with what a taker pays to exchange and clearing house. */
const TIERED = {
  stockEach: 0.0035,
  stockLeast: 0.35,
  exchangeEach: 0.003,
  clearingEach: 0.0002,
  /** Of the commission: NYSE's and FINRA's pass-through. */
  passThrough: 0.000175 + 0.00056,
  optionFees: 0.02 + 0.02,
} as const;

/** Premiums below which a contract costs less, USD per share, and what it costs then. */
const CHEAP_OPTIONS = [
  { below: 0.05, each: 0.25 },
  { below: 0.1, each: 0.5 },
] as const;

/** The commission of the latest fill of an order, USD. */
export function commissionOf(rates: CommissionRates, order: TradedOrder): number {
  const total =
    order.contract.secType === 'STK' ? stockTotal(rates, order) : optionTotal(rates, order);
  return Math.round(Math.max(0, total + saleFees(rates, order) - order.charged) * 1e6) / 1e6;
}

function stockTotal(rates: CommissionRates, { filled, averagePrice }: TradedOrder): number {
  const isTiered = rates.plan === 'tiered';
  const each = isTiered ? TIERED.stockEach : rates.stock_per_share;
  const least = isTiered ? TIERED.stockLeast : rates.stock_min;
  const most = (rates.stock_max_pct / 100) * filled * averagePrice;
  const commission = Math.min(Math.max(least, each * filled), most);
  if (!isTiered) return commission;
  const fees = (TIERED.exchangeEach + TIERED.clearingEach) * filled;
  return commission + fees + TIERED.passThrough * commission;
}

function optionTotal(rates: CommissionRates, { filled, averagePrice }: TradedOrder): number {
  const cheap = CHEAP_OPTIONS.find(({ below }) => averagePrice < below - 1e-9);
  const each = Math.min(rates.option_per_contract, cheap?.each ?? Number.POSITIVE_INFINITY);
  const fees = rates.plan === 'tiered' ? TIERED.optionFees * filled : 0;
  return Math.max(rates.option_min, each * filled) + fees;
}

/** What the regulators take of a sale, under both plans. */
function saleFees(
  rates: CommissionRates,
  { contract, side, filled, averagePrice }: TradedOrder,
): number {
  if (side === 'BUY') return 0;
  const multiplier = contract.secType === 'OPT' ? contract.multiplier : 1;
  const sec = rates.sec_rate * filled * averagePrice * multiplier;
  return sec + Math.min(rates.taf_max, rates.taf_each * filled);
}
