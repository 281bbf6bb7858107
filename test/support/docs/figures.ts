/**
 * The figures of `docs/performance.md`: the page is written by hand, but for what stands between
 * two marks, which is made of the recorded results. A figure that is told is then one that was
 * measured, with its day and its load.
 */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { goalText, short } from '../../bench/harness/report.ts';
import { allResults, type RecordedMetric, type Results } from '../../bench/harness/results.ts';
import { ROOT } from '../tidy/source.ts';
import { type GeneratedFile, markdownTable } from './generated.ts';

const PATH = 'docs/performance.md';
export const BEGIN = '<!-- Made by `npm run docs` from test/bench/results: change it there. -->';
export const END = '<!-- End of what is made. -->';

/** The page with the figures as they were recorded. Throws where a mark is missing. */
export function performancePage(): GeneratedFile {
  const text = readFileSync(join(ROOT, PATH), 'utf8');
  return { path: PATH, content: withFigures(text, allResults()) };
}

export function withFigures(page: string, all: readonly Results[]): string {
  const [before, rest] = split(page, BEGIN);
  const [, after] = split(rest, END);
  const parts = all.map(figuresOf).join('\n\n');
  return `${before}${BEGIN}\n\n${parts}\n\n${END}${after}`;
}

function split(text: string, mark: string): readonly [string, string] {
  const at = text.indexOf(mark);
  if (at < 0) throw new Error(`${PATH} has no "${mark}"`);
  return [text.slice(0, at), text.slice(at + mark.length)];
}

function figuresOf({ machine, metrics }: Results): string {
  const { cpu, cores, memoryGb, os, node } = machine;
  const head = `${cpu}, ${cores} cores, ${memoryGb} GB, ${os}, Node ${node}:`;
  const header = ['metric', 'ours', 'baseline', 'ratio', 'goal', '±', 'taken'];
  return `${head}\n\n${markdownTable(header, metrics.map(rowOf))}`;
}

function rowOf(metric: RecordedMetric): readonly string[] {
  const { name, value, unit, baseline, ratio, spread, runs, on, load, quick } = metric;
  const at = load === null ? 'quiet' : `load ${short(load)}`;
  const how = `${on}, ${at}, ${runs} ${runs === 1 ? 'run' : 'runs'}`;
  return [
    `\`${name}\``,
    `${short(value)} ${unit}`,
    `${short(baseline.value)} ${baseline.name}`,
    `${short(ratio)} ×`,
    goalText(metric),
    spread === undefined ? '' : `${short(spread * 100)} %`,
    quick ? `${how}, quick` : how,
  ];
}
