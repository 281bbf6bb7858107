/** Where two runs part: what they were run with, what came of it, and the first other decision. */

import type { BacktestResult } from './result.ts';
import type { CellResult } from './sweep-job.ts';

/** A run as far as it can be set beside another: a backtest, or one set of a sweep. */
export interface ComparableRun {
  /** Null where it is not kept. */
  readonly dataHash: string | null;
  readonly decisionsHash: string;
  /** By dotted key, as JSON. */
  readonly settings: ReadonlyMap<string, string>;
  /** A set of a sweep knows the keys that the sweep varied, and no others. */
  readonly knowsAllSettings: boolean;
  readonly totals: Numbers;
  readonly attribution: Numbers;
  readonly blockReasons: Numbers;
  readonly verdicts: Numbers;
  /** Null where they are not kept. */
  readonly decisions: Moments | null;
  readonly trades: Moments | null;
}

type Numbers = Readonly<Record<string, number | null>>;
type Moments = readonly { readonly ts: number }[];

export interface NumberDifference {
  readonly name: string;
  readonly one: number | null;
  readonly other: number | null;
}

export interface RunComparison {
  /** Null where one of the two does not know its data. */
  readonly same_data: boolean | null;
  readonly same_decisions: boolean;
  /** Settings that differ, by dotted key. */
  readonly settings: readonly {
    readonly key: string;
    readonly one: string;
    readonly other: string;
  }[];
  readonly totals: readonly NumberDifference[];
  readonly attribution: readonly NumberDifference[];
  readonly block_reasons: readonly NumberDifference[];
  readonly verdicts: readonly NumberDifference[];
  /** The first moment at which the decisions are not the same; null where they are, or not kept. */
  readonly first_difference: FirstDifference | null;
}

export interface FirstDifference {
  readonly ts: number;
  readonly one: string;
  readonly other: string;
}

/** What a run is made of and not what came out of it. */
const SETTINGS = [
  ...(['symbol', 'days', 'seed', 'version', 'execution', 'holding', 'actions'] as const),
  ...(['gates', 'hedging', 'order', 'greeks'] as const),
] as const;

/** A whole backtest. */
export function comparableResult(result: BacktestResult): ComparableRun {
  const { run, totals, attribution, block_reasons: blockReasons, verdicts } = result;
  const { decisions, trades, decisions_hash: decisionsHash } = result;
  const settings = new Map<string, string>();
  for (const section of SETTINGS) spread(section, run[section], settings);
  return {
    ...{ dataHash: run.data_hash, decisionsHash, settings, knowsAllSettings: true },
    ...{ totals: { ...totals }, attribution, blockReasons, verdicts, decisions, trades },
  };
}

/** One set of a sweep, which keeps neither decisions nor trades. */
export function comparableCell(cell: CellResult): ComparableRun {
  const settings = new Map<string, string>();
  for (const [key, value] of Object.entries({ ...cell.overrides, seed: cell.seed })) {
    spread(key, value, settings);
  }
  return {
    ...{ dataHash: null, decisionsHash: cell.decisions_hash, settings, knowsAllSettings: false },
    ...{ totals: { ...cell.totals }, attribution: cell.attribution },
    ...{ blockReasons: cell.block_reasons, verdicts: {}, decisions: null, trades: null },
  };
}

/** Compares two runs. */
export function compareRuns(one: ComparableRun, other: ComparableRun): RunComparison {
  const isDataKnown = one.dataHash !== null && other.dataHash !== null;
  return {
    same_data: isDataKnown ? one.dataHash === other.dataHash : null,
    same_decisions: one.decisionsHash === other.decisionsHash,
    settings: settingsBetween(one, other),
    totals: numbers(one.totals, other.totals),
    attribution: numbers(one.attribution, other.attribution),
    block_reasons: numbers(one.blockReasons, other.blockReasons),
    verdicts: numbers(one.verdicts, other.verdicts),
    first_difference:
      firstApart(one.decisions, other.decisions) ?? firstApart(one.trades, other.trades),
  };
}

/** Where two sequences part; what both have in the same place is compared as text. */
function firstApart(one: Moments | null, other: Moments | null): FirstDifference | null {
  if (one === null || other === null) return null;
  for (let index = 0; index < Math.max(one.length, other.length); index += 1) {
    const [a, b] = [one[index], other[index]];
    const [first, second] = [JSON.stringify(a) ?? 'nothing', JSON.stringify(b) ?? 'nothing'];
    if (first !== second) {
      return { ts: Math.min(a?.ts ?? Infinity, b?.ts ?? Infinity), one: first, other: second };
    }
  }
  return null;
}

function numbers(one: Numbers, other: Numbers): readonly NumberDifference[] {
  return [...new Set([...Object.keys(one), ...Object.keys(other)])].map((name) => ({
    name,
    one: one[name] ?? null,
    other: other[name] ?? null,
  }));
}

/** Beside a set of a sweep only what the sweep varied can be said to differ. */
function settingsBetween(one: ComparableRun, other: ComparableRun): RunComparison['settings'] {
  const isPart = one.knowsAllSettings !== other.knowsAllSettings;
  return [...new Set([...one.settings.keys(), ...other.settings.keys()])].flatMap((key) => {
    const [a, b] = [one.settings.get(key), other.settings.get(key)];
    if (a === b || (isPart && (a === undefined || b === undefined))) return [];
    return [{ key, one: a ?? 'none', other: b ?? 'none' }];
  });
}

function spread(key: string, value: unknown, into: Map<string, string>): void {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    for (const [name, inner] of Object.entries(value)) spread(`${key}.${name}`, inner, into);
    return;
  }
  const text = JSON.stringify(value);
  if (text !== undefined) into.set(key, text);
}
