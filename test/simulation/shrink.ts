/**
 * Finds the few faults that a failure needs: delta debugging (Zeller and Hildebrandt, 2002) over
 * the list of a failing seed. Every try is a whole film, so their number has a bound.
 */

import type { Fault } from './faults.ts';

const TRIES_MAX = 80;

/** How the film of a list ended; null where it ended well. */
export type Show = (faults: readonly Fault[]) => Promise<string | null>;

/**
 * The shortest list it finds whose film fails as `failure` does. What would strike after the
 * failure is left out at once.
 */
export async function shrinkFaults(
  faults: readonly Fault[],
  failure: { readonly text: string; readonly atMs: number },
  show: Show,
): Promise<readonly Fault[]> {
  const wanted = failureKind(failure.text);
  let tries = 0;
  const fails = async (list: readonly Fault[]): Promise<boolean> => {
    tries += 1;
    const text = await show(list);
    return text !== null && failureKind(text) === wanted;
  };
  let left = faults;
  const before = faults.filter(({ at }) => at <= failure.atMs);
  if (before.length < left.length && (await fails(before))) left = before;
  if (left.length > 0 && (await fails([]))) return [];
  let pieces = 2;
  while (left.length > 1 && tries < TRIES_MAX) {
    const smaller = await oneLess(left, pieces, async (list) => tries < TRIES_MAX && fails(list));
    if (smaller !== null) {
      left = smaller;
      pieces = Math.max(2, pieces - 1);
    } else if (pieces < left.length) pieces = Math.min(left.length, pieces * 2);
    else break;
  }
  return left;
}

/** The list without one of so many pieces of it, if that still fails. */
async function oneLess(
  list: readonly Fault[],
  pieces: number,
  fails: (list: readonly Fault[]) => Promise<boolean>,
): Promise<readonly Fault[] | null> {
  const size = Math.ceil(list.length / pieces);
  for (let from = 0; from < list.length; from += size) {
    const rest = [...list.slice(0, from), ...list.slice(from + size)];
    if (await fails(rest)) return rest;
  }
  return null;
}

/** What failed, without the numbers and names that are another's in another film. */
function failureKind(text: string): string {
  const [line = ''] = text.split('\n');
  return line
    .replaceAll(/sim:\S+/g, 'REF')
    .replaceAll(/\b(?:NVDA|AMD)\b/g, 'SYMBOL')
    .replaceAll(/[0-9a-f]{8}\.\S+/g, 'EXEC')
    .replaceAll(/-?\d+(?:\.\d+)?/g, 'N');
}
