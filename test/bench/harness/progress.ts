/** One line that says what is being done, where somebody looks; nothing where nobody does. */

import type { WriteStream } from 'node:tty';

export interface Progress {
  /** Replaces the line. */
  show(text: string): void;
  /** A line that stays. */
  say(text: string): void;
  clear(): void;
}

const CLEAR_LINE = '\r\u001b[2K';

export function createProgress(stream: WriteStream): Progress {
  const live = stream.isTTY === true;
  const started = performance.now();
  let last = '';
  const seconds = (): string => `${((performance.now() - started) / 1000).toFixed(0)} s`;
  return {
    show(text) {
      if (live) stream.write(`${CLEAR_LINE}${seconds().padStart(6)}  ${text}`);
      // Without a terminal each benchmark says when it begins, and not each block of it.
      else if (text.split(':', 1)[0] !== last) stream.write(`${seconds().padStart(6)}  ${text}\n`);
      last = text.split(':', 1)[0] ?? '';
    },
    say(text) {
      stream.write(live ? `${CLEAR_LINE}${text}\n` : `${text}\n`);
    },
    clear() {
      if (live) stream.write(CLEAR_LINE);
    },
  };
}
