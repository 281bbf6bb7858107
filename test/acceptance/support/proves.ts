/** A case of the acceptance run: it proves one id against the running system, and says by what. */

import { it } from 'vitest';

import { ROOT } from '../../support/program.ts';
import { CASES, type CaseId } from '../cases.ts';

declare module 'vitest' {
  interface TaskMeta {
    acceptance?: CaseReport;
  }
}

export interface CaseReport {
  readonly id: CaseId;
  /** Query results, answers, log lines: what was seen, in the order in which it was seen. */
  readonly evidence: readonly string[];
}

/** Takes down what was seen; a value that is no text is shown as JSON. */
export type Evidence = (label: string, seen: unknown) => void;

/** Of one piece of evidence: enough to recognise it, short enough to read thirty of them. */
const LENGTH_MAX = 260;
const TIMEOUT_MS = 120_000;

/** Registers the case; it passes when `prove` returns, and only with evidence. */
export function proves(
  id: CaseId,
  prove: (evidence: Evidence) => Promise<void>,
  timeout = TIMEOUT_MS,
): void {
  it(`${id}: ${CASES[id]}`, { timeout }, async ({ task }) => {
    const evidence: string[] = [];
    // Also of a case that fails: what it saw until then is the beginning of the search.
    task.meta.acceptance = { id, evidence };
    await prove((label, seen) => {
      evidence.push(`${label}: ${shorten(typeof seen === 'string' ? seen : JSON.stringify(seen))}`);
    });
    if (evidence.length === 0) throw new Error('it proves nothing: there is no evidence');
  });
}

function shorten(text: string): string {
  // Where it ran is nobody's business.
  const line = text.replaceAll(`${ROOT}/`, '').replaceAll(/\s+/g, ' ').trim();
  return line.length <= LENGTH_MAX ? line : `${line.slice(0, LENGTH_MAX)} …`;
}
