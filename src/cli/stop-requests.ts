/**
 * Requests to stop that come from outside the API: signals, the loss of the parent (npm dies at
 * once of a SIGTERM and leaves us behind), and a control file. The first one counts.
 */

import { readFileSync } from 'node:fs';
import { Fault } from '../fault.ts';
import type { Logger } from '../log.ts';
import type { Clock, Timer } from '../runtime/clock.ts';
import { hasCode } from '../store/data-dir.ts';

export interface StopRequests {
  /** Resolves with the origin, such as `signal:SIGTERM`. */
  readonly requested: Promise<string>;
  close(): void;
}

export interface StopOptions {
  readonly mono: Clock;
  readonly controlFile: string | null;
  readonly log: Logger;
}

const POLL_MS = 500;
const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;

/** Waits for a signal or the control file; the first to ask is the origin of the stop. */
export function watchStop({ mono, controlFile, log }: StopOptions): StopRequests {
  let request: (origin: string) => void = () => undefined;
  const requested = new Promise<string>((resolve) => {
    request = resolve;
  });
  const handlers = SIGNALS.map((signal) => [signal, () => request(`signal:${signal}`)] as const);
  for (const [signal, handler] of handlers) process.on(signal, handler);

  // Only npm's child asks for its parent: a daemon of systemd or nohup outlives who started it.
  const parent = process.env['npm_lifecycle_event'] === undefined ? null : process.ppid;
  let timer: Timer;
  const poll = (): void => {
    if (parent !== null && process.ppid !== parent) request('parent');
    if (controlFile !== null && saysStop(controlFile, log)) request(`file:${controlFile}`);
    timer = mono.setTimer(POLL_MS, poll);
  };
  timer = mono.setTimer(POLL_MS, poll);

  return {
    requested,
    close() {
      timer.cancel();
      for (const [signal, handler] of handlers) process.off(signal, handler);
    },
  };
}

function saysStop(file: string, log: Logger): boolean {
  try {
    return readFileSync(file, 'utf8').trim() === 'stop';
  } catch (thrown) {
    if (!hasCode(thrown, 'ENOENT')) {
      log.warn({ err: new Fault('data_unreadable', `the control file ${file} cannot be read`) });
    }
    return false;
  }
}
