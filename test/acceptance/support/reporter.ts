/**
 * One line for each test case, PASS or FAIL, with what was seen, and `docs/acceptance.md` made of
 * the same. A case that did not run is a FAIL: silence proves nothing.
 */

import { execFileSync } from 'node:child_process';
import { globSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import type { Reporter, TestCase, TestModule, Vitest } from 'vitest/node';

import { CASE_IDS, CASES, type CaseId } from '../cases.ts';

const ROOT = join(import.meta.dirname, '../../..');
const PAGE = join(ROOT, 'docs/acceptance.md');
/** Of why a case failed, in its line. */
const REASON_MAX = 2000;

interface Outcome {
  readonly verdict: 'PASS' | 'FAIL';
  readonly evidence: readonly string[];
  readonly seconds: number;
  /** Where it fails. */
  readonly reason: string | null;
}

export class AcceptanceReporter implements Reporter {
  readonly #outcomes = new Map<CaseId, Outcome>();
  #from = performance.now();
  #vitest: Vitest | undefined;

  onInit(vitest: Vitest): void {
    this.#from = performance.now();
    this.#vitest = vitest;
  }

  onTestCaseResult(test: TestCase): void {
    const { acceptance } = test.meta();
    if (acceptance === undefined) return;
    const { state, errors } = test.result();
    const outcome: Outcome = {
      verdict: state === 'passed' ? 'PASS' : 'FAIL',
      evidence: acceptance.evidence,
      seconds: (test.diagnostic()?.duration ?? 0) / 1000,
      reason: (errors ?? []).map(({ message, stack }) => stack ?? message).join('\n') || null,
    };
    this.#outcomes.set(acceptance.id, outcome);
    this.#print(acceptance.id, outcome);
  }

  onTestRunEnd(modules: readonly TestModule[], errors: readonly { message?: string }[]): void {
    const early = modules.flatMap((module) => module.errors().map(({ message }) => message));
    for (const message of [...early, ...errors.map((error) => error.message ?? '')]) {
      process.stdout.write(`ERROR ${message.slice(0, REASON_MAX)}\n`);
    }
    const missing = CASE_IDS.filter((id) => !this.#outcomes.has(id));
    const passed = [...this.#outcomes.values()].filter(({ verdict }) => verdict === 'PASS').length;
    const seconds = (performance.now() - this.#from) / 1000;
    const sum = `${passed} of ${CASE_IDS.length} test cases pass, in ${seconds.toFixed(0)} s`;
    const isWhole =
      modules.length === globSync('test/acceptance/*.acceptance.ts', { cwd: ROOT }).length;
    if (!isWhole || this.#vitest?.config.testNamePattern !== undefined) {
      process.stdout.write(`\n${sum}; a part was asked for, docs/acceptance.md is as it was\n`);
      return;
    }
    for (const id of missing) process.stdout.write(`FAIL ${id} did not run\n`);
    if (missing.length > 0 || early.length > 0) process.exitCode = 1;
    writeFileSync(PAGE, this.#page(sum));
    process.stdout.write(`\n${sum}; docs/acceptance.md has them with their evidence\n`);
  }

  #print(id: CaseId, { verdict, evidence, seconds, reason }: Outcome): void {
    const lines = [
      `${verdict} ${id} ${CASES[id]} (${seconds.toFixed(1)} s)`,
      ...evidence.map((one) => `     ${one}`),
      ...(reason === null ? [] : [reason.slice(0, REASON_MAX)]),
    ];
    process.stdout.write(`${lines.join('\n')}\n`);
  }

  #page(sum: string): string {
    const { day, revision, machine } = whereabouts();
    const rows = CASE_IDS.map((id) => {
      const verdict = this.#outcomes.get(id)?.verdict ?? 'FAIL, did not run';
      return `| ${id} | ${CASES[id]} | ${verdict} |`;
    });
    const sections = CASE_IDS.flatMap((id) => {
      const evidence = this.#outcomes.get(id)?.evidence ?? [];
      return [`### ${id}`, '', ...evidence.map((one) => `- ${escapeMarkdown(one)}`), ''];
    });
    return [
      '# Acceptance',
      '',
      '<!-- Made by `npm run acceptance`: run it again instead of changing this page. -->',
      '',
      'Every test case of the requirements, against the real system: processes, sockets, a',
      'database, and a browser where the case is about the page. One case is one test in',
      '`test/acceptance/`; an id without a case fails the run. `npm run acceptance` repeats it,',
      '`npm run acceptance -- -t TC-3` a part of it.',
      '',
      `**${sum}** on ${day}, revision ${revision}, ${machine}.`,
      '',
      '| Case | What it proves | |',
      '|---|---|---|',
      ...rows,
      '',
      '## What was seen',
      '',
      ...sections,
    ].join('\n');
  }
}

function whereabouts(): { day: string; revision: string; machine: string } {
  const git = (...args: string[]): string =>
    execFileSync('git', args, { cwd: ROOT, encoding: 'utf8' }).trim();
  const isChanged = git('status', '--porcelain', '--', 'src', 'actors', 'machines') !== '';
  const revision = `${git('rev-parse', '--short=10', 'HEAD')}${isChanged ? ' with changes' : ''}`;
  const day = `${new Date().toISOString().slice(0, 16).replace('T', ' ')} UTC`;
  return { day, revision, machine: `${cpus().length} cores, Node ${process.version}` };
}

/** What was seen may hold marks that would draw a table, a link or a tag. */
function escapeMarkdown(text: string): string {
  return text.replaceAll(/[\\`*_[\]<>|]/g, '\\$&');
}
