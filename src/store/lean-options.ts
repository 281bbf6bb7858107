/** What an import of LEAN's files is asked for, whatever the bars. */

import type { Right } from '../domain/contract.ts';
import type { Clock } from '../runtime/clock.ts';
import type { ImportResolution } from './dataset-manifest.ts';
import type { BarOptions, LeanContract } from './lean-format.ts';
import type { AssumedSides } from './lean-universe.ts';

export interface LeanImport {
  /** The data folder: it holds `equity` and `option`. */
  readonly from: string;
  readonly to: string;
  readonly symbol: string;
  readonly resolution: ImportResolution;
  /** `YYYYMMDD`; null takes every day that the folder has. */
  readonly days: readonly string[] | null;
  /** Of those only the ones from the first to the last, both included; null: no bound. */
  readonly range?: readonly [first: string | null, last: string | null];
  /** Options to take; empty takes all. */
  readonly contracts: readonly ContractFilter[];
  readonly hours: BarOptions['hours'];
  /**
   * Of daily bars: takes the universes of days that have no quotes, with sides as far apart as
   * this says. Absent: only what was quoted.
   */
  readonly universeSides?: AssumedSides;
  /** Replace a data set that is there. */
  readonly replace: boolean;
  /** Threads that read; 0 reads in this one. By default as many as there are cores to gain from. */
  readonly threads?: number;
  /** Ends the reading of a file that takes for ever. */
  readonly mono: Clock;
}

/** An option fits when each part that is given does; the expiry as dated or as last traded. */
export interface ContractFilter {
  readonly expiry: string | null;
  readonly strike: number | null;
  readonly right: Right | null;
}

export interface ImportedDay {
  readonly day: string;
  readonly contracts: number;
  readonly rows: number;
  /** Of how many days, this one included. */
  readonly done: number;
  readonly days: number;
}

/** Whether the day is one of those that are asked for. */
export function isDayWanted({ days, range }: Pick<LeanImport, 'days' | 'range'>, day: string) {
  const [first = null, last = null] = range ?? [];
  if ((first !== null && day < first) || (last !== null && day > last)) return false;
  return days === null || days.includes(day);
}

/** Whether a filter lets the contract through; without filters all pass. */
export function isWanted(contract: LeanContract, filters: readonly ContractFilter[]): boolean {
  if (filters.length === 0) return true;
  return filters.some(({ expiry, strike, right }) => {
    const dated = expiry === null || expiry === contract.datedExpiry || expiry === contract.expiry;
    const struck = strike === null || strike === contract.strike;
    return dated && struck && (right === null || right === contract.right);
  });
}
