/** What a check found: one line each, and where something is wrong, what mends it. */

import { lampText } from './output.ts';

export type Verdict = 'ok' | 'warn' | 'fail' | 'skip';

export interface Finding {
  /** What was looked at, such as `database`. */
  readonly check: string;
  readonly verdict: Verdict;
  readonly says: string;
  /** What to do; null where nothing is. */
  readonly fix: string | null;
}

/** As it should be. */
export function ok(check: string, says: string): Finding {
  return { check, verdict: 'ok', says, fix: null };
}

/** It runs as it is, and somebody should look. */
export function warn(check: string, says: string, fix: string): Finding {
  return { check, verdict: 'warn', says, fix };
}

/** A daemon would not start, or would not hedge. */
export function fail(check: string, says: string, fix: string): Finding {
  return { check, verdict: 'fail', says, fix };
}

/** It was not looked at; `says` why. */
export function skip(check: string, says: string): Finding {
  return { check, verdict: 'skip', says, fix: null };
}

const LAMPS = { ok: 'green', warn: 'yellow', fail: 'red' } as const;
const VERDICT_WIDTH = 4;

/** A line for each, under each other by column, and the fix in a line below. */
export function findingsText(findings: readonly Finding[]): string {
  const width = Math.max(...findings.map(({ check }) => check.length));
  return findings.map((finding) => lineOf(finding, width)).join('\n');
}

/** `12 ok, 1 warn, 0 fail`. */
export function countsText(findings: readonly Finding[]): string {
  const count = (verdict: Verdict) => findings.filter((each) => each.verdict === verdict).length;
  const skipped = count('skip');
  const counts = `${count('ok')} ok, ${count('warn')} warn, ${count('fail')} fail`;
  return skipped === 0 ? counts : `${counts}, ${skipped} not looked at`;
}

function lineOf({ check, verdict, says, fix }: Finding, width: number): string {
  const word = verdict.padEnd(VERDICT_WIDTH);
  const shown = verdict === 'skip' ? word : lampText(LAMPS[verdict], word);
  const indent = ' '.repeat(VERDICT_WIDTH + 2 + width + 2);
  const [first = '', ...rest] = says.split('\n');
  const lines = [`${shown}  ${check.padEnd(width)}  ${first}`.trimEnd()];
  lines.push(...rest.map((line) => `${indent}${line.trim()}`));
  if (fix !== null) lines.push(`${indent}→ ${fix}`);
  return lines.join('\n');
}
