/** What a page asks the daemon for by itself, kept current for as long as it is looked at. */

import { useEffect, useState } from 'preact/hooks';
import { after, readNow } from '../clock.ts';
import type { Answer } from '../state/http.ts';
import { link } from '../state/live.ts';

export interface Asked<T> {
  /** The newest answer; null before the first. */
  readonly value: T | null;
  /** Epoch ms of this browser when it arrived. */
  readonly at: number | null;
  /** Why the last question was not answered, in the daemon's words; empty: nobody answered. */
  readonly problem: string | null;
  readonly asking: boolean;
  /** Asks now. */
  readonly again: () => void;
}

const NOTHING = { value: null, at: null, problem: null, asking: true } as const;

/**
 * Asks when it is first shown, whenever `key` changes, and every `everyMs` (0: only then). An
 * answer to an earlier question is not shown; the last one stays while the next is under way.
 */
export function useReading<T>(
  key: string,
  ask: () => Promise<Answer<T>>,
  everyMs: number,
): Asked<T> {
  const [asked, setAsked] = useState<Omit<Asked<T>, 'again'>>(NOTHING);
  const [round, setRound] = useState(0);
  const connected = link.value === 'live';
  // `key` stands for all that `ask` reads.
  useEffect(() => {
    let gone = false;
    let cancel: () => void = () => undefined;
    const read = async () => {
      setAsked((before) => ({ ...before, asking: true }));
      const answer = await ask();
      if (gone) return;
      setAsked((before) => taken(before, answer));
      if (everyMs > 0) cancel = after(everyMs, () => void read());
    };
    if (connected) void read();
    return () => {
      gone = true;
      cancel();
    };
  }, [key, round, connected]);
  // What was read of another is not shown.
  useEffect(() => () => setAsked(NOTHING), [key]);
  return { ...asked, again: () => setRound((before) => before + 1) };
}

function taken<T>(before: Omit<Asked<T>, 'again'>, answer: Answer<T>): Omit<Asked<T>, 'again'> {
  if (answer.kind === 'ok') {
    return { value: answer.body, at: readNow(), problem: null, asking: false };
  }
  const problem = answer.kind === 'refused' ? answer.message : '';
  return { ...before, problem, asking: false };
}
