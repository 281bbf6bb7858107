/** How long work in cells is stopped: after the cells under way, and at the second word at once. */

import { Fault } from '../fault.ts';

export interface StopRequests {
  readonly requested: boolean;
  readonly asked: Promise<void>;
  forget(): void;
}

/** Listens until `forget`; the second signal is the system's again, and ends the process. */
export function stopRequests(): StopRequests {
  const { promise: asked, resolve } = Promise.withResolvers<void>();
  let requested = false;
  const forget = (): void => {
    process.removeListener('SIGINT', stop);
    process.removeListener('SIGTERM', stop);
  };
  const stop = (): void => {
    requested = true;
    forget();
    process.stderr.write('stops after the cells under way; once more: at once\n');
    resolve();
  };
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  return {
    get requested() {
      return requested;
    },
    asked,
    forget,
  };
}

/** A number of threads as it was typed. Throws `Fault('usage')`. */
export function threadsOf(flag: string, text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise;
  const threads = Number(text);
  if (Number.isInteger(threads) && threads >= 0 && threads <= 1024) return threads;
  throw new Fault('usage', `${flag}: "${text}" is no number of threads`);
}
