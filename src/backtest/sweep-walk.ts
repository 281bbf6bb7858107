/**
 * Walk-forward: on some days the best set is chosen, on the days after it the choice is judged, and
 * the window moves on. What a choice earns there was not known when it was made.
 */

import type { Objective, WalkWindows } from './grid.ts';
import type { PeriodRow } from './periods.ts';
import { type Measure, measureSet, type ParameterSet, scoreOf } from './sweep-sets.ts';

export interface WalkStep {
  /** First and last day. */
  readonly train: readonly [string, string];
  readonly test: readonly [string, string];
  /** The set chosen, and what it did on either side. */
  readonly index: number;
  readonly inside: Measure;
  readonly outside: Measure;
  /** The mean of all sets on the days of the test: what choosing blindly would give. */
  readonly blind: Measure;
  /** Place of the choice among all sets on the days of the test, 1 the best. */
  readonly rank: number;
}

export interface WalkForward {
  readonly objective: Objective;
  readonly windows: WalkWindows;
  readonly sets: number;
  readonly steps: readonly WalkStep[];
  /** Of all tests together. */
  readonly pnl: number;
  readonly blind_pnl: number;
  /** Share of the tests in which the choice was in the better half. */
  readonly better_half: number;
}

/**
 * Null where there are fewer days than one window has, or a single set. `seen`: by so many of the
 * first days these sets were chosen from more, so that no test has one of them.
 */
export function walkForward(
  sets: readonly ParameterSet[],
  objective: Objective,
  wanted: WalkWindows | null,
  seen = 0,
): WalkForward | null {
  const days = [...new Set(sets.flatMap(({ cells }) => cells[0]?.periods ?? []).map(dayOf))].sort();
  const windows = wanted ?? windowsFor(days.length);
  const { train_days: train, test_days: test } = windows;
  const first = Math.max(train, seen);
  if (sets.length < 2 || days.length < first + 1) return null;
  const steps: WalkStep[] = [];
  for (let at = first; at < days.length; at += test) {
    const before = days.slice(at - train, at);
    // The last test may be shorter: what there is of it counts.
    steps.push(stepOf(sets, objective, before, days.slice(at, at + test)));
  }
  const total = (read: (step: WalkStep) => number): number =>
    steps.reduce((sum, step) => sum + read(step), 0);
  const better = steps.filter(({ rank }) => rank <= sets.length / 2).length;
  return {
    ...{ objective, windows, sets: sets.length, steps },
    pnl: total(({ outside }) => outside.pnl),
    blind_pnl: total(({ blind }) => blind.pnl),
    better_half: better / steps.length,
  };
}

/** Half of the days to choose on, and then four tests or as many as there are days. */
function windowsFor(days: number): WalkWindows {
  const train = Math.max(1, Math.floor(days / 2));
  return { train_days: train, test_days: Math.max(1, Math.ceil((days - train) / 4)) };
}

function stepOf(
  sets: readonly ParameterSet[],
  objective: Objective,
  train: readonly string[],
  test: readonly string[],
): WalkStep {
  const within = (days: readonly string[]): ((period: PeriodRow) => boolean) => {
    const known = new Set(days);
    return ({ day }) => known.has(day);
  };
  const inside = sets.map((set) => measureSet(set, within(train)));
  const outside = sets.map((set) => measureSet(set, within(test)));
  const scores = inside.map((one) => scoreOf(one, objective));
  // Of equals the first: the same choice whoever runs it.
  const chosen = scores.indexOf(Math.max(...scores));
  const [here, there] = [inside[chosen], outside[chosen]];
  const set = sets[chosen];
  if (here === undefined || there === undefined || set === undefined) throw new Error('no set');
  const score = scoreOf(there, objective);
  return {
    train: [train[0] ?? '', train.at(-1) ?? ''],
    test: [test[0] ?? '', test.at(-1) ?? ''],
    index: set.index,
    ...{ inside: here, outside: there, blind: meanOf(outside) },
    rank: 1 + outside.filter((one) => scoreOf(one, objective) > score).length,
  };
}

function meanOf(measures: readonly Measure[]): Measure {
  const mean = (read: (one: Measure) => number): number =>
    measures.reduce((sum, one) => sum + read(one), 0) / measures.length;
  return {
    pnl: mean(({ pnl }) => pnl),
    cost: mean(({ cost }) => cost),
    error: mean(({ error }) => error),
    sharpe: mean(({ sharpe }) => sharpe),
  };
}

function dayOf({ day }: PeriodRow): string {
  return day;
}
