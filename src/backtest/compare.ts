/** Where two runs part: what they were run with, what came of it, and the first other decision. */

import type { BacktestResult } from './result.ts';

export interface NumberDifference {
  readonly name: string;
  readonly one: number | null;
  readonly other: number | null;
}

export interface RunComparison {
  readonly same_data: boolean;
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
  /** The first moment at which the decisions are not the same; null where they are. */
  readonly first_difference: FirstDifference | null;
}

export interface FirstDifference {
  readonly ts: number;
  readonly one: string;
  readonly other: string;
}

/** Compares two results. */
export function compareResults(one: BacktestResult, other: BacktestResult): RunComparison {
  return {
    same_data: one.run.data_hash === other.run.data_hash,
    same_decisions: one.decisions_hash === other.decisions_hash,
    settings: settingsBetween(one.run, other.run),
    totals: numbers({ ...one.totals }, { ...other.totals }),
    attribution: numbers(one.attribution, other.attribution),
    block_reasons: numbers(one.block_reasons, other.block_reasons),
    verdicts: numbers(one.verdicts, other.verdicts),
    first_difference: firstDifference(one, other),
  };
}

/** Where two sequences part; what both have in the same place is compared as text. */
function firstApart(
  one: readonly { readonly ts: number }[],
  other: readonly { readonly ts: number }[],
): FirstDifference | null {
  for (let index = 0; index < Math.max(one.length, other.length); index += 1) {
    const [a, b] = [one[index], other[index]];
    const [first, second] = [JSON.stringify(a) ?? 'nothing', JSON.stringify(b) ?? 'nothing'];
    if (first !== second) {
      return { ts: Math.min(a?.ts ?? Infinity, b?.ts ?? Infinity), one: first, other: second };
    }
  }
  return null;
}

function firstDifference(one: BacktestResult, other: BacktestResult): FirstDifference | null {
  return firstApart(one.decisions, other.decisions) ?? firstApart(one.trades, other.trades);
}

function numbers(
  one: Readonly<Record<string, number | null>>,
  other: Readonly<Record<string, number | null>>,
): readonly NumberDifference[] {
  return [...new Set([...Object.keys(one), ...Object.keys(other)])].map((name) => ({
    name,
    one: one[name] ?? null,
    other: other[name] ?? null,
  }));
}

/** What a run is made of and not what came out of it. */
const SETTINGS = [
  ...(['symbol', 'days', 'seed', 'version', 'execution', 'holding'] as const),
  ...(['gates', 'hedging', 'order', 'greeks'] as const),
] as const;

function settingsBetween(
  one: BacktestResult['run'],
  other: BacktestResult['run'],
): RunComparison['settings'] {
  return SETTINGS.flatMap((section) => between(section, one[section], other[section]));
}

function between(key: string, one: unknown, other: unknown): RunComparison['settings'] {
  if (isRecord(one) && isRecord(other)) {
    const names = [...new Set([...Object.keys(one), ...Object.keys(other)])];
    return names.flatMap((name) => between(`${key}.${name}`, one[name], other[name]));
  }
  const [first, second] = [JSON.stringify(one) ?? 'none', JSON.stringify(other) ?? 'none'];
  return first === second ? [] : [{ key, one: first, other: second }];
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
