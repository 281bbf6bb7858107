/**
 * What was measured last, kept in `test/bench/results`, a file for each kind of machine: the page
 * of figures is made of it, and a run is compared with it. Each figure keeps when, at what load and
 * by which run it was taken, because they are not all of one day.
 */

import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Metric } from './benchmark.ts';
import type { Machine } from './machine.ts';

export interface RecordedMetric extends Metric {
  /** `YYYY-MM-DD`. */
  readonly on: string;
  /** The load average of a minute when the run began; null where it was not noted. */
  readonly load: number | null;
  /** Shorter blocks, the same method. */
  readonly quick: boolean;
}

export interface Results {
  readonly machine: Omit<Machine, 'load'>;
  /** In the order of their names. */
  readonly metrics: readonly RecordedMetric[];
}

const DIR = fileURLToPath(new URL('../results/', import.meta.url));

/** The kind of machine: another processor, or number of cores, has figures of its own. */
export function kindOf({ cpu, cores }: Pick<Machine, 'cpu' | 'cores'>): string {
  const name = `${cpu} ${cores} cores`.toLowerCase();
  return name.replaceAll(/\((?:r|tm)\)/g, '').replaceAll(/[^a-z0-9.]+/g, '-');
}

/**
 * Whether the machine has room for what is measured. Where threads wait for a core a figure says
 * how busy the machine was, and the one that was recorded on a quieter day is better.
 */
export function isQuiet({ cores, load }: Pick<Machine, 'cores' | 'load'>): boolean {
  return (load[0] ?? Number.POSITIVE_INFINITY) <= cores;
}

export interface Run {
  readonly machine: Machine;
  readonly quick: boolean;
  /** Wall time, ms. */
  readonly at: number;
}

/** The results with what a run measured in the place of what was known by the same name. */
export function withRun(before: Results | null, metrics: readonly Metric[], run: Run): Results {
  const { load, ...machine } = run.machine;
  const on = new Date(run.at).toISOString().slice(0, 10);
  const taken = { on, load: load[0] ?? null, quick: run.quick };
  const byName = new Map((before?.metrics ?? []).map((metric) => [metric.name, metric]));
  for (const metric of metrics) byName.set(metric.name, { ...metric, ...taken });
  const sorted = [...byName.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  return { machine, metrics: sorted };
}

/** How a figure stands to the one that was recorded: 1 is the same; null where there is none. */
export function changeOf(metric: Metric, recorded: Results | null): number | null {
  const before = recorded?.metrics.find(({ name }) => name === metric.name);
  return before === undefined ? null : metric.value / before.value;
}

/** What was recorded on this kind of machine; null for nothing. */
export function readResults(machine: Machine): Results | null {
  return allResults().find((results) => kindOf(results.machine) === kindOf(machine)) ?? null;
}

/** Of every kind of machine. */
export function allResults(): readonly Results[] {
  mkdirSync(DIR, { recursive: true });
  const files = readdirSync(DIR).filter((name) => name.endsWith('.json'));
  // Written by `writeResults` and by nobody else.
  return files.sort().map((name) => JSON.parse(readFileSync(join(DIR, name), 'utf8')) as Results);
}

export function writeResults(results: Results): string {
  mkdirSync(DIR, { recursive: true });
  const file = join(DIR, `${kindOf(results.machine)}.json`);
  writeFileSync(file, `${JSON.stringify(results, null, 2)}\n`);
  return file;
}
