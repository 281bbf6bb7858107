/** Whether the lines of a soak are flat, and the page with its table and chart. */

import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { median } from '../bench/harness/statistics.ts';
import { drawPanels, type Line } from './chart.ts';
import { percentileMs, type Sample, type ThreadSample } from './samples.ts';

export interface Run {
  readonly books: number;
  readonly everyMs: number;
  readonly samples: readonly Sample[];
  readonly threads: readonly ThreadSample[];
  readonly reads: { readonly events: number; readonly visits: number; readonly answers: number };
}

export interface Finding {
  readonly name: string;
  readonly text: string;
  readonly flat: boolean;
}

/** The first part fills caches and compiles: what comes after it must not grow. */
const WARM_UP = 0.25;
/** Of the level; a real leak of one object a tick passes it within minutes. */
const GROWTH_PCT_MAX = 5;
const MB = 2 ** 20;
const CHART = 'soak.svg';

export function judge(run: Run): readonly Finding[] {
  const { samples, threads } = run;
  const last = samples.at(-1);
  const names = [...new Set(threads.map(({ thread }) => thread))];
  const heaps = names.flatMap((name) => {
    const own = threads.filter(({ thread }) => thread === name);
    const held = lineOf(`heap of ${name} after a collection, MB`, own, (at) => at.heap / MB);
    const handles = lineOf(`handles of ${name}`, own, ({ resources }) => resources);
    const listeners = lineOf(`listeners of ${name}`, own, (one) => one.listeners);
    return [held, handles, listeners];
  });
  const lines = [
    ...heaps,
    lineOf('resident memory, MB', samples, ({ rssMb }) => rssMb),
    lineOf('descriptors', samples, ({ descriptors }) => descriptors),
  ];
  const latencies = (['tick', 'turn', 'order'] as const).map((stage) => {
    const [early, late] = [
      run.samples.slice(at(run, WARM_UP), at(run, 0.5)),
      run.samples.slice(at(run, 0.75)),
    ];
    const [before, after] = [p99(early, stage), p99(late, stage)];
    // Buckets go 1, 2, 5: one further up is within what they tell.
    const flat = !(after > 2.5 * before);
    return { name: `p99 of ${stage}, ms`, text: `at most ${before} → ${after}`, flat };
  });
  const nothingLost = {
    name: 'dead letters and restarts',
    text: `${last?.deadLetters} and ${last?.restarts}`,
    flat: last?.deadLetters === 0 && last.restarts === 0,
  };
  return [...lines.filter(({ text }) => text !== ''), ...latencies, nothingLost];
}

/** Writes docs/evidence/soak.md and its chart. */
export function writePages(root: string, run: Run, findings: readonly Finding[]): void {
  const folder = join(root, 'docs/evidence');
  const git = ['rev-parse', '--short=10', 'HEAD'];
  const revision = execFileSync('git', git, { cwd: root, encoding: 'utf8' }).trim();
  const day = new Date().toISOString().slice(0, 16).replace('T', ' ');
  const load = loadavg().map((value) => value.toFixed(0));
  const page = [
    '# Soak of the whole daemon',
    '',
    '<!-- Made by `npm run soak:daemon`: run it again instead of changing this page. -->',
    '',
    `${day} UTC, revision ${revision}, ${cpus().length} cores, Node ${process.version}, beside`,
    `other programs (load ${load.join(', ')} at the end).`,
    '',
    ...doneIn(run),
    '',
    `![Memory, descriptors, latency and what is written, by minutes](${CHART})`,
    '',
    '| Line | After the first quarter → at the end | |',
    '|---|---|---|',
    ...findings.map(
      ({ name, text, flat }) => `| ${name} | ${text} | ${flat ? 'flat' : '**not flat**'} |`,
    ),
    '',
    ...writtenIn(run),
    '',
    'A line is flat when the straight line through it, from the end of the first quarter on, rises',
    `by at most ${GROWTH_PCT_MAX} % until the end, or by less than one megabyte or one handle; a`,
    'percentile, when it stays within its bucket or the next. Each thread collects its garbage',
    'before it is looked at, every quarter of a minute, which costs the percentiles some.',
    '',
  ];
  writeFileSync(join(folder, 'soak.md'), page.join('\n'));
  writeFileSync(join(folder, CHART), drawPanels(panelsOf(run)));
}

function doneIn({ books, samples, reads }: Run): readonly string[] {
  const [minutes, fills, operations] = [
    grown(samples, ({ at }) => at / 60_000).toFixed(0),
    grown(samples, (one) => one.fills),
    grown(samples, (one) => one.operations),
  ];
  return [
    `The demo with ${books} books of one lively stock each, for ${minutes} minutes in real time:`,
    `${fills} fills, ${operations} operations. Four pages follow all the time`,
    `(${reads.events} pieces of events), one comes and goes every two seconds`,
    `(${reads.visits} visits), and a program asks four times a second (${reads.answers} answers).`,
  ];
}

function writtenIn({ samples }: Run): readonly string[] {
  const operations = Math.max(
    1,
    grown(samples, (one) => one.operations),
  );
  const database = grown(samples, ({ databaseMb }) => databaseMb);
  const journal = grown(samples, ({ journalMb }) => journalMb);
  const each = ((database * 1024) / operations).toFixed(2);
  const lag = Math.max(...samples.map(({ lagBytes }) => lagBytes)) / 1024;
  return [
    'What is written grows with what happens, and is meant to:',
    `the database by ${database.toFixed(1)} MB (${each} kB an operation), the journal by`,
    `${journal.toFixed(1)} MB. At most ${lag.toFixed(0)} kB of it waited for the database.`,
  ];
}

function grown(samples: readonly Sample[], value: (sample: Sample) => number): number {
  const [first, last] = [samples[0], samples.at(-1)];
  return first === undefined || last === undefined ? 0 : value(last) - value(first);
}

function panelsOf({ samples, threads }: Run): readonly { title: string; lines: readonly Line[] }[] {
  const start = samples[0]?.at ?? 0;
  const minute = (one: { readonly at: number }): number => (one.at - start) / 60_000;
  const line = (name: string, value: (sample: Sample) => number): Line => ({
    name,
    points: samples.map((one) => [minute(one), value(one)]),
  });
  const names = [...new Set(threads.map(({ thread }) => thread))];
  const stages = (['tick', 'turn', 'order'] as const).map((stage) => ({
    name: stage,
    points: samples.flatMap((one, index): readonly (readonly [number, number])[] => {
      const ms = p99(samples.slice(Math.max(0, index - 20), index + 1), stage);
      return index < 20 || Number.isNaN(ms) ? [] : [[minute(one), ms]];
    }),
  }));
  return [
    {
      title: 'Heap of each thread after a collection, MB',
      lines: names.map((name) => ({
        name,
        points: threads
          .filter(({ thread }) => thread === name)
          .map((one) => [minute(one), one.heap / MB]),
      })),
    },
    { title: 'Resident memory, MB', lines: [line('whole process', ({ rssMb }) => rssMb)] },
    { title: 'File descriptors', lines: [line('open', ({ descriptors }) => descriptors)] },
    {
      title: '99th percentile of the last five minutes, ms (upper bound of its bucket)',
      lines: stages,
    },
    {
      title: 'Written, MB',
      lines: [line('database', (one) => one.databaseMb), line('journal', (one) => one.journalMb)],
    },
  ];
}

function lineOf<T extends { readonly at: number }>(
  name: string,
  all: readonly T[],
  value: (one: T) => number,
): Finding {
  const kept = all.slice(Math.floor(all.length * WARM_UP));
  const [from, to] = [kept[0]?.at ?? 0, kept.at(-1)?.at ?? 0];
  if (kept.length < 4) return { name, text: '', flat: true };
  const points = kept.map((one) => [(one.at - from) / (to - from), value(one)] as const);
  const slope = slopeOf(points);
  const level = median(points.map(([, y]) => y));
  const start = level - slope / 2;
  const flat = slope < 1 || (100 * slope) / level < GROWTH_PCT_MAX;
  const perHour = (slope * 3_600_000) / (to - from);
  const end = (start + slope).toFixed(1);
  const text = `${start.toFixed(1)} → ${end} (${perHour.toFixed(2)} an hour)`;
  return { name, text, flat };
}

/** Of all pairs, the one in the middle (Theil and Sen): a single spike moves it by nothing. */
function slopeOf(points: readonly (readonly [number, number])[]): number {
  const slopes = points.flatMap(([x1, y1], index) =>
    points.slice(index + 1).map(([x2, y2]) => (y2 - y1) / (x2 - x1)),
  );
  return median(slopes);
}

function p99(samples: readonly Sample[], stage: 'tick' | 'turn' | 'order'): number {
  const [before, after] = [samples[0]?.stages[stage], samples.at(-1)?.stages[stage]];
  if (before === undefined || after === undefined) return Number.NaN;
  return percentileMs(before, after, 0.99);
}

function at({ samples }: Run, fraction: number): number {
  return Math.floor(samples.length * fraction);
}
