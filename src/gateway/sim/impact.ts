/**
 * What an order moves the price by that it trades at, beside the spread: the square-root law,
 * price × Y × σ × √(Q / V), with the daily volatility σ (a fraction), the shares Q of the order and
 * the daily volume V; Y is about 1. It is a cost of the fill alone: quotes are recorded, or a
 * model's, and do not answer.
 *
 * Sources: R. Almgren, C. Thum, E. Hauptmann & H. Li, Direct Estimation of Equity Market Impact
 * (2005), who measure a temporary impact with an exponent of 3/5, near to the root; B. Tóth et al.,
 * Anomalous price impact and the critical nature of liquidity, Physical Review X 1 (2011), for the
 * root and the size of Y. Hedges of hundreds of shares in millions a day are far within its range,
 * where the half spread is the greater cost: therefore none is charged unless it is asked for.
 */

import type { OrderSide } from '../../domain/order.ts';
import type { ImpactTerms } from './scenario.ts';

/** An order of shares that trades now. */
export interface ImpactOrder {
  readonly side: OrderSide;
  /** Its whole quantity: parts of it pay together what it pays at once. */
  readonly quantity: number;
  readonly limitPrice: number | null;
}

/** USD per share. */
export function impactOf(terms: ImpactTerms, price: number, quantity: number): number {
  const { coefficient, daily_volatility: sigma, daily_volume: volume } = terms;
  return price * coefficient * sigma * Math.sqrt(quantity / volume);
}

/** The price of a fill with its impact: worse, but never beyond the limit. */
export function priceWithImpact(terms: ImpactTerms, price: number, order: ImpactOrder): number {
  const impact = impactOf(terms, price, order.quantity);
  if (impact === 0) return price;
  const { side, limitPrice } = order;
  // Executions are priced to a hundredth of a cent.
  const moved = Math.round((side === 'BUY' ? price + impact : price - impact) * 1e4) / 1e4;
  if (limitPrice === null) return Math.max(1e-4, moved);
  return side === 'BUY' ? Math.min(limitPrice, moved) : Math.max(limitPrice, moved);
}
