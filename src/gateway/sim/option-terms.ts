/** An option as the exchange's model takes it: its time, what it delivers, what is paid away. */

import type { OptionContract } from '../../domain/contract.ts';
import { expiryTime, yearsUntil } from '../../pricing/time-to-expiry.ts';
import { type Dividend, presentValue } from './dividends.ts';
import { deliverableOf, type Listing } from './listing.ts';
import type { OptionTerms } from './option-model.ts';

/** Null after its expiry; `dividends` are its stock's. */
export function optionTermsAt(
  listing: Listing,
  dividends: readonly Dividend[],
  option: OptionContract,
  ts: number,
  rate: number,
): OptionTerms | null {
  const expires = expiryTime(option.expiry);
  const years = yearsUntil(expires, ts);
  if (years < 0) return null;
  const { strike, right, multiplier } = option;
  const pvDividend = presentValue(dividends, ts, expires, rate);
  if (listing.deliverables.size === 0) return { strike, right, years, pvDividend };
  const { shares, cash } = deliverableOf(listing, option);
  const each = { shares: shares / multiplier, cash: cash / multiplier };
  return { strike, right, years, pvDividend, ...each };
}
