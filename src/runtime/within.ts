/** A wait with a deadline, on a clock that is passed in. */

import type { Clock } from './clock.ts';

/** Whether `promise` settles, either way, within the time. */
export function within(clock: Clock, promise: Promise<unknown>, ms: number): Promise<boolean> {
  const { promise: result, resolve } = Promise.withResolvers<boolean>();
  const timer = clock.setTimer(ms, () => resolve(false));
  const settled = (): void => {
    timer.cancel();
    resolve(true);
  };
  promise.then(settled, settled);
  return result;
}
