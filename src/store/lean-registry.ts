/** The contracts of an import, numbered: LEAN names instruments by their terms and has no ids. */

import { derivedConId } from '../domain/con-id.ts';
import {
  type Contract,
  contractKey,
  type OptionContract,
  type StockContract,
} from '../domain/contract.ts';
import type { TapeInstrument } from '../domain/tape.ts';
import type { LeanContract } from './lean-format.ts';

const MULTIPLIER = 100;

/** Contracts by what they are; ids are the same in every import. */
export interface Registry {
  conIdOf(contract: LeanContract | null): number;
  instruments(previousClose: number): readonly TapeInstrument[];
}

/** Numbers the instruments in the order in which they turn up. */
export function createRegistry(symbol: string): Registry {
  const byKey = new Map<string, Contract>();
  const taken = new Set<number>();
  const register = <C extends Contract>(make: (conId: number) => C): number => {
    const key = contractKey(make(0));
    const known = byKey.get(key);
    if (known !== undefined) return known.conId;
    let conId = derivedConId(key);
    // Two of some ten thousand keys may collide; the later one takes the next free id.
    while (taken.has(conId)) conId += 1;
    taken.add(conId);
    byKey.set(key, make(conId));
    return conId;
  };
  const underlying = register((conId) => stockOf(symbol, conId));
  return {
    conIdOf: (contract) =>
      contract === null
        ? underlying
        : register((conId) => optionOf(symbol, underlying, contract, conId)),
    instruments: (previousClose) =>
      [...byKey.values()].map((contract) => ({
        contract,
        previousClose: contract.secType === 'STK' ? previousClose : Number.NaN,
      })),
  };
}

function stockOf(symbol: string, conId: number): StockContract {
  return {
    secType: 'STK',
    conId,
    symbol,
    exchange: 'SMART',
    // The files do not say; the calendar that dates them is this exchange's.
    primaryExchange: 'NYSE',
    currency: 'USD',
  };
}

function optionOf(
  symbol: string,
  underlyingConId: number,
  { right, strike, datedExpiry, expiry }: LeanContract,
  conId: number,
): OptionContract {
  const thousandths = String(Math.round(strike * 1000)).padStart(8, '0');
  return {
    secType: 'OPT',
    conId,
    symbol,
    underlyingConId,
    expiry,
    strike,
    right,
    multiplier: MULTIPLIER,
    exchange: 'SMART',
    currency: 'USD',
    tradingClass: symbol,
    localSymbol: `${symbol.padEnd(6)}${datedExpiry.slice(2)}${right}${thousandths}`,
  };
}
