/**
 * What happens to positions without an order: options expire, are exercised or assigned, shares pay
 * dividends. As at IB nobody is told of an execution: positions and cash are simply others.
 */

import type { Contract, OptionContract } from '../../domain/contract.ts';
import { expiryTime } from '../../pricing/time-to-expiry.ts';
import { type Listing, MIN_TICK } from './listing.ts';
import { midOfQuote } from './market.ts';
import type { Turn } from './turn.ts';
import { positionOf } from './views.ts';

export interface SettlementDesk {
  /** When options expire next; Infinity when none will. */
  nextDue(): number;
  runDue(): void;
}

/** After the close: what is known then of the last price is final. */
const AFTER_CLOSE_MS = 60_000;

export function createSettlementDesk(turn: Turn): SettlementDesk {
  const waiting = expiriesOf(turn.listing).filter(({ at }) => at > turn.state.now);
  return {
    nextDue: () => waiting[0]?.at ?? Number.POSITIVE_INFINITY,
    runDue() {
      while ((waiting[0]?.at ?? Number.POSITIVE_INFINITY) <= turn.now()) {
        const expiry = waiting.shift()?.expiry;
        for (const [account, { positions }] of [...turn.state.accounts]) {
          for (const { contract, quantity } of [...positions.values()]) {
            if (contract.secType === 'OPT' && contract.expiry === expiry && quantity !== 0) {
              settle(turn, account, contract, quantity, isInTheMoney(turn, contract));
            }
          }
        }
      }
    },
  };
}

/**
 * Closes `quantity` contracts (signed as the position is) at nothing; `delivers` brings the shares
 * at the strike: a long option is exercised, a short one assigned.
 */
export function settle(
  turn: Turn,
  account: string,
  option: OptionContract,
  quantity: number,
  delivers: boolean,
): void {
  const stock = turn.listing.contracts.get(option.underlyingConId);
  const sign = option.right === 'C' ? 1 : -1;
  const shares = delivers && stock !== undefined ? sign * quantity * option.multiplier : 0;
  turn.apply({ kind: 'booking', account, contract: option, traded: -quantity, price: 0 });
  report(turn, account, option);
  if (stock !== undefined && shares !== 0) {
    const price = option.strike;
    turn.apply({ kind: 'booking', account, contract: stock, traded: shares, price });
    report(turn, account, stock);
  }
  turn.tell({ type: 'account', account });
}

/** Pays so many dollars for each share that is held; who is short pays them. */
export function payDividend(turn: Turn, stock: Contract, amount: number): void {
  for (const [account, { positions }] of [...turn.state.accounts]) {
    const quantity = positions.get(stock.conId)?.quantity ?? 0;
    if (quantity === 0) continue;
    turn.apply({ kind: 'cash', account, amount: quantity * amount });
    turn.tell({ type: 'account', account });
  }
}

function report(turn: Turn, account: string, { conId }: Contract): void {
  const position = positionOf(turn.state, turn.market, account, conId);
  turn.tell({ type: 'position', position });
}

function isInTheMoney(turn: Turn, option: OptionContract): boolean {
  const quote = turn.market.quote(option.underlyingConId, turn.now());
  const spot = quote === null ? Number.NaN : midOfQuote(quote);
  const value = option.right === 'C' ? spot - option.strike : option.strike - spot;
  // The clearing house exercises what is worth a cent.
  return value >= MIN_TICK - 1e-9;
}

function expiriesOf(listing: Listing): { readonly at: number; readonly expiry: string }[] {
  const expiries = new Set<string>();
  for (const contract of listing.contracts.values()) {
    if (contract.secType === 'OPT') expiries.add(contract.expiry);
  }
  return [...expiries]
    .sort()
    .map((expiry) => ({ at: expiryTime(expiry) + AFTER_CLOSE_MS, expiry }));
}
