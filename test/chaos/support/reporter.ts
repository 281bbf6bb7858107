/** The chaos run in a table: each ordeal, how often, what was seen, and docs/evidence/chaos.md. */

import { execFileSync } from 'node:child_process';
import { globSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import type { Reporter, TestCase, TestModule } from 'vitest/node';

const ROOT = join(import.meta.dirname, '../../..');
const PAGE = join(ROOT, 'docs/evidence/chaos.md');
const REASON_MAX = 3000;
const LONG = process.env['BIFROST_TEST_LONG'] === '1';

interface Row {
  readonly name: string;
  readonly verdict: string;
  readonly rounds: number;
  readonly seconds: number;
  readonly seen: readonly string[];
}

export class ChaosReporter implements Reporter {
  readonly #rows: Row[] = [];

  onTestCaseResult(test: TestCase): void {
    const { ordeal } = test.meta();
    if (ordeal === undefined) return;
    const { state, errors } = test.result();
    const verdict = { passed: 'survived', skipped: 'not here' }[state as string] ?? 'FAILED';
    const seconds = (test.diagnostic()?.duration ?? 0) / 1000;
    const row = { ...ordeal, verdict, seconds };
    this.#rows.push(row);
    process.stdout.write(`${lineOf(row)}\n`);
    for (const text of ordeal.seen) process.stdout.write(`     ${text}\n`);
    for (const { message, stack } of errors ?? []) {
      process.stdout.write(`${(stack ?? message).slice(0, REASON_MAX)}\n`);
    }
  }

  onTestRunEnd(modules: readonly TestModule[]): void {
    for (const error of modules.flatMap((module) => module.errors())) {
      process.stdout.write(`ERROR ${error.message.slice(0, REASON_MAX)}\n`);
    }
    const isWhole = modules.length === globSync('test/chaos/*.chaos.ts', { cwd: ROOT }).length;
    // A part, or the short form, is no evidence of the whole.
    if (!isWhole || !LONG || this.#rows.length === 0) return;
    writeFileSync(PAGE, pageOf(this.#rows));
    process.stdout.write('docs/evidence/chaos.md has them\n');
  }
}

function lineOf({ name, verdict, rounds, seconds }: Row): string {
  const count = `${rounds}`.padStart(4);
  return `${verdict.padEnd(9)} ${count} × ${name} (${seconds.toFixed(0)} s)`;
}

function pageOf(rows: readonly Row[]): string {
  const revision = execFileSync('git', ['rev-parse', '--short=10', 'HEAD'], {
    cwd: ROOT,
    encoding: 'utf8',
  }).trim();
  const day = new Date().toISOString().slice(0, 16).replace('T', ' ');
  const table = rows.map(({ name, verdict, rounds, seconds }) => {
    return `| ${name} | ${rounds} | ${verdict} | ${seconds.toFixed(0)} |`;
  });
  const seen = rows.flatMap(({ name, seen: texts }) => [
    `### ${name}`,
    '',
    ...texts.map((text) => `- ${text}`),
    '',
  ]);
  return [
    '# Chaos with real processes',
    '',
    '<!-- Made by `npm run chaos`: run it again instead of changing this page. -->',
    '',
    `${day} UTC, revision ${revision}, ${cpus().length} cores, Node ${process.version}.`,
    'Daemon, gateway and database are processes of their own; each ordeal ends with the truth',
    "check: the exchange's ledger and ours say the same of orders, executions, positions, cash.",
    '',
    '| Ordeal | Rounds | | Seconds |',
    '|---|---|---|---|',
    ...table,
    '',
    '## What was seen',
    '',
    ...seen,
  ].join('\n');
}
