/** Progress of long work on standard error: rewritten on a terminal, a line a tenth elsewhere. */

import { realMono } from '../runtime/real-clock.ts';

export interface Progress {
  /** `share` of the work, 0 to 1. */
  show(share: number): void;
  end(): void;
}

const REWRITE_MS = 200;
const TENTHS = 10;

export function createProgress(name: string): Progress {
  const mono = realMono();
  const isTerminal = process.stderr.isTTY === true;
  const begun = mono.now();
  let shownAt = Number.NEGATIVE_INFINITY;
  let tenth = 0;
  return {
    show(share) {
      const now = mono.now();
      const passed = Math.floor(share * TENTHS);
      const due = isTerminal ? now - shownAt >= REWRITE_MS : passed > tenth;
      if (!due) return;
      shownAt = now;
      tenth = passed;
      const left = share > 0 ? ((now - begun) * (1 - share)) / share : Number.NaN;
      const estimate = Number.isFinite(left) ? `, ${Math.ceil(left / 1000)} s left` : '';
      const text = `${name} ${Math.floor(100 * share)} %${estimate}`;
      process.stderr.write(isTerminal ? `\r\u001b[K${text}` : `${text}\n`);
    },
    end() {
      if (isTerminal && Number.isFinite(shownAt)) process.stderr.write('\r\u001b[K');
    },
  };
}
