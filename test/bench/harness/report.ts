/** Metrics as a table for people, and as a file for programs. */

import { writeFileSync } from 'node:fs';
import { type Goal, isReached, type Metric } from './benchmark.ts';
import { describeMachine, type Machine } from './machine.ts';
import { changeOf, type Results } from './results.ts';

const HEAD = ['metric', 'value', 'baseline', 'ratio', 'goal', 'p50', 'p99', '±', 'runs', 'last'];
/** Text to the left, numbers to the right. */
const LEFT = new Set([0, 2, 4]);

/** An aligned table, the machine below it; `last` is the figure by the one that was recorded. */
export function renderTable(
  metrics: readonly Metric[],
  machine: Machine,
  recorded: Results | null = null,
): string {
  const rows = metrics.map((metric) => [...rowOf(metric), changeText(metric, recorded)]);
  const widths = HEAD.map((head, column) =>
    Math.max(head.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        return LEFT.has(column) ? cell.padEnd(width) : cell.padStart(width);
      })
      .join('  ')
      .trimEnd();
  const rule = widths.map((width) => '─'.repeat(width)).join('  ');
  return ['', line(HEAD), rule, ...rows.map(line), '', describeMachine(machine), ''].join('\n');
}

/** An array of one object per metric. */
export function writeJson(file: string, metrics: readonly Metric[], machine: Machine): void {
  const objects = metrics.map((metric) => ({ ...metric, machine }));
  writeFileSync(file, `${JSON.stringify(objects, null, 2)}\n`);
}

function rowOf(metric: Metric): readonly string[] {
  const { name, value, unit, baseline, ratio, p50, p99, runs, spread } = metric;
  return [
    name,
    `${short(value)} ${unit}`,
    `${short(baseline.value)} ${baseline.name}`,
    `${short(ratio)}×`,
    goalText(metric),
    p50 === undefined ? '' : short(p50),
    p99 === undefined ? '' : short(p99),
    spread === undefined ? '' : `${short(spread * 100)}%`,
    String(runs),
  ];
}

function changeText(metric: Metric, recorded: Results | null): string {
  const change = changeOf(metric, recorded);
  return change === null ? '' : `${short(change)}×`;
}

export function goalText(metric: Metric): string {
  const { goal } = metric;
  if (goal === undefined) return '';
  return `${boundText(goal, metric.unit)} ${isReached(metric) === true ? 'reached' : 'MISSED'}`;
}

function boundText({ of, kind, bound }: Goal, unit: string): string {
  const sign = kind === 'at_least' ? '≥' : '≤';
  return `${sign} ${short(bound)}${of === 'ratio' ? '×' : ` ${unit}`}`;
}

/** Three digits that count, thousands apart. */
export function short(value: number): string {
  if (!Number.isFinite(value)) return '–';
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value) || 1)));
  return value.toLocaleString('en-US', {
    minimumFractionDigits: 0,
    maximumFractionDigits: Math.min(digits, 4),
  });
}
