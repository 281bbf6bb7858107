/**
 * How two threads wait for each other's word: they look for a while, where each has a core of its
 * own, and then sleep until they are woken. On one core looking is waiting for oneself.
 */

export interface Meeting {
  readonly words: Int32Array;
  readonly looks: number;
}

/** Looks that take about a fifth of a millisecond: more than any hop between two cores. */
const LOOKS = 10_000;
/** Each side's word, in a cache line of its own. */
const SIDE_WORDS = 16;

export function createMeeting(sharesCore: boolean): Meeting {
  const words = new Int32Array(new SharedArrayBuffer(2 * SIDE_WORDS * 4));
  return { words, looks: sharesCore ? 0 : LOOKS };
}

/** Returns when `arrived` is true; `side` is who waits. */
export function waitFor({ words, looks }: Meeting, side: 0 | 1, arrived: () => boolean): void {
  for (let look = 0; look < looks; look += 1) if (arrived()) return;
  const asleep = side * SIDE_WORDS;
  for (;;) {
    // Stored before the last look: who changed what is waited for sees it, or is seen.
    Atomics.store(words, asleep, 1);
    if (arrived()) break;
    Atomics.wait(words, asleep, 1);
  }
  Atomics.store(words, asleep, 0);
}

/** After a change that the side may wait for. */
export function wake({ words }: Meeting, side: 0 | 1): void {
  const asleep = side * SIDE_WORDS;
  if (Atomics.load(words, asleep) === 0) return;
  Atomics.store(words, asleep, 0);
  Atomics.notify(words, asleep);
}
