/** Things to do at a later exchange time, in the order of their times. Lost with the process. */

export interface Later {
  add(at: number, work: () => void): void;
  /** Infinity when nothing waits. */
  nextDue(): number;
  runDue(now: number): void;
}

export function createLater(): Later {
  const waiting: { readonly at: number; readonly work: () => void }[] = [];
  return {
    add(at, work) {
      // Behind those of the same time: what was asked for first happens first.
      const index = waiting.findIndex((other) => other.at > at);
      waiting.splice(index === -1 ? waiting.length : index, 0, { at, work });
    },
    nextDue: () => waiting[0]?.at ?? Number.POSITIVE_INFINITY,
    runDue(now) {
      while ((waiting[0]?.at ?? Number.POSITIVE_INFINITY) <= now) waiting.shift()?.work();
    },
  };
}
