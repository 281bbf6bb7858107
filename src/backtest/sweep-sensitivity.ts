/**
 * What each parameter moves: the mean of all sets that share a value, and the share of all
 * differences between sets that the value explains by itself (the correlation ratio, which is the
 * first-order index of Sobol for sets that fill their space).
 */

import type { Overrides } from './grid.ts';
import { type Measure, measureSet, type ParameterSet } from './sweep-sets.ts';

export interface SensitivityValue {
  /** The value, or the range of those that fall together. */
  readonly value: string;
  readonly sets: number;
  readonly pnl: number;
  readonly error: number;
  readonly cost: number;
  readonly hedges: number;
  /** Closed evaluations of all gates. */
  readonly blocked: number;
}

export interface Sensitivity {
  readonly parameter: string;
  readonly values: readonly SensitivityValue[];
  /** 0: it moves nothing; 1: nothing else does. Null where nothing differs. */
  readonly explains: Readonly<Record<'pnl' | 'error' | 'cost', number | null>>;
}

/** Two parameters against each other: means of the sets that share both values. */
export interface HeatMap {
  readonly across: string;
  readonly down: string;
  readonly columns: readonly string[];
  readonly rows: readonly {
    readonly value: string;
    /** Null where no set is. */
    readonly cells: readonly (Pick<Measure, 'pnl' | 'error' | 'cost'> | null)[];
  }[];
}

/** Numbers in more values than this are taken together by size. */
const VALUES_MAX = 12;
const BINS = 5;

/** Of each parameter, in the order of the grid. */
export function sensitivityOf(sets: readonly ParameterSet[]): readonly Sensitivity[] {
  const parameters = [...new Set(sets.flatMap(({ overrides }) => Object.keys(overrides)))];
  const rows = sets.map((set) => ({ set, measure: measureSet(set) }));
  return parameters.map((parameter) => {
    const groups = groupsOf(rows, parameter);
    return {
      parameter,
      values: groups.map(({ value, members }) => valueRow(value, members)),
      explains: {
        pnl: explained(groups, ({ pnl }) => pnl),
        error: explained(groups, ({ error }) => error),
        cost: explained(groups, ({ cost }) => cost),
      },
    };
  });
}

/** Of the two parameters that explain most; null where there are fewer. */
export function heatOf(
  sets: readonly ParameterSet[],
  sensitivity: readonly Sensitivity[],
): HeatMap | null {
  const weight = ({ explains }: Sensitivity): number =>
    Math.max(explains.pnl ?? 0, explains.error ?? 0, explains.cost ?? 0);
  const [across, down] = sensitivity.toSorted((a, b) => weight(b) - weight(a));
  if (across === undefined || down === undefined) return null;
  const rows = sets.map((set) => ({ set, measure: measureSet(set) }));
  const columns = groupsOf(rows, across.parameter);
  return {
    across: across.parameter,
    down: down.parameter,
    columns: columns.map(({ value }) => value),
    rows: groupsOf(rows, down.parameter).map(({ value, members }) => {
      const here = new Set(members);
      return { value, cells: columns.map((column) => meanCell(column, here)) };
    }),
  };
}

function meanCell(column: Group, here: ReadonlySet<Row>): HeatMap['rows'][number]['cells'][number] {
  const shared = column.members.filter((row) => here.has(row));
  if (shared.length === 0) return null;
  return {
    pnl: meanOf(shared.map(({ measure }) => measure.pnl)),
    error: meanOf(shared.map(({ measure }) => measure.error)),
    cost: meanOf(shared.map(({ measure }) => measure.cost)),
  };
}

interface Row {
  readonly set: ParameterSet;
  readonly measure: Measure;
}

interface Group {
  readonly value: string;
  readonly members: readonly Row[];
}

function groupsOf(rows: readonly Row[], parameter: string): readonly Group[] {
  const byValue = new Map<Overrides[string], Row[]>();
  for (const row of rows) {
    const value = row.set.overrides[parameter] ?? null;
    const known = byValue.get(value);
    if (known === undefined) byValue.set(value, [row]);
    else known.push(row);
  }
  const values = [...byValue.keys()];
  const numeric = values.every((value) => typeof value === 'number');
  if (!numeric) return [...byValue].map(([value, members]) => ({ value: String(value), members }));
  const sorted = [...byValue].sort(([a], [b]) => Number(a) - Number(b));
  if (sorted.length <= VALUES_MAX) {
    return sorted.map(([value, members]) => ({ value: String(value), members }));
  }
  return Array.from({ length: BINS }, (_, bin) => {
    const from = Math.round((bin * sorted.length) / BINS);
    const part = sorted.slice(from, Math.round(((bin + 1) * sorted.length) / BINS));
    const [low, high] = [Number(part[0]?.[0]), Number(part.at(-1)?.[0])];
    const value = `${Number(low.toPrecision(4))} … ${Number(high.toPrecision(4))}`;
    return { value, members: part.flatMap(([, members]) => members) };
  });
}

function valueRow(value: string, members: readonly Row[]): SensitivityValue {
  const mean = (read: (row: Row) => number): number => meanOf(members.map(read));
  const overCells = (row: Row, read: (cell: ParameterSet['cells'][number]) => number): number =>
    meanOf(row.set.cells.map(read));
  return {
    value,
    sets: members.length,
    pnl: mean(({ measure }) => measure.pnl),
    error: mean(({ measure }) => measure.error),
    cost: mean(({ measure }) => measure.cost),
    hedges: mean((row) => overCells(row, ({ totals }) => totals.hedges)),
    blocked: mean((row) =>
      overCells(row, (cell) => Object.values(cell.block_reasons).reduce((a, b) => a + b, 0)),
    ),
  };
}

/** Variance between the groups over variance of all. */
function explained(groups: readonly Group[], read: (measure: Measure) => number): number | null {
  const all = groups.flatMap(({ members }) => members.map(({ measure }) => read(measure)));
  const mean = meanOf(all);
  const whole = all.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const between = groups.reduce((sum, { members }) => {
    const own = meanOf(members.map(({ measure }) => read(measure)));
    return sum + members.length * (own - mean) ** 2;
  }, 0);
  return whole > 1e-12 * mean ** 2 * all.length && whole > 0 ? between / whole : null;
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
