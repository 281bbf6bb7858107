/** What a simulated exchange lists, asked as a broker is asked for the chain of an underlying. */

import type { Chains } from '../../actors/market-data/smile-watch.ts';
import type { OptionContract } from '../domain/contract.ts';
import type { Venue } from '../gateway/sim/venue.ts';

/** Every answer is known at once. */
export function venueChains(venue: Venue): Chains {
  const listed = new Map<number, ReadonlyMap<string, OptionContract>>();
  const optionsOf = (conId: number, symbol: string): ReadonlyMap<string, OptionContract> => {
    const known = listed.get(conId);
    if (known !== undefined) return known;
    const query = { conId: 0, symbol, secType: 'OPT', expiry: '', strike: 0, right: '' };
    const found = venue.findContracts(query).flatMap(({ contract }) => {
      return contract.secType === 'OPT' && contract.underlyingConId === conId ? [contract] : [];
    });
    const options = new Map(found.map((option) => [keyOf(option), option]));
    listed.set(conId, options);
    return options;
  };
  const option: Chains['option'] = (terms) => {
    const { conId, symbol } = terms.underlying;
    return optionsOf(conId, symbol).get(keyOf(terms)) ?? 'unlisted';
  };
  return {
    strikes: ({ conId, symbol }, tradingClass) => {
      const ofClass = [...optionsOf(conId, symbol).values()].filter((one) => {
        return one.tradingClass === tradingClass;
      });
      return [...new Set(ofClass.map(({ strike }) => strike))].sort((a, b) => a - b);
    },
    option,
    isUnlisted: (terms) => option(terms) === 'unlisted',
  };
}

type Keyed = Pick<OptionContract, 'tradingClass' | 'multiplier' | 'expiry' | 'strike' | 'right'>;

function keyOf({ tradingClass, multiplier, expiry, strike, right }: Keyed): string {
  return `${tradingClass}|${multiplier}|${expiry}|${strike}|${right}`;
}
