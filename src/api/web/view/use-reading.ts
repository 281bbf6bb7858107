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

interface Kept<T> extends Omit<Asked<T>, 'again'> {
  /** What it is the answer to. */
  readonly key: string;
}

const NOTHING = { value: null, at: null, problem: null, asking: true } as const;

/**
 * Asks when it is first shown, whenever `key` changes, and every `everyMs` (0: only then). An
 * answer to another question is never shown; the last one stays while the next is under way.
 */
export function useReading<T>(
  key: string,
  ask: () => Promise<Answer<T>>,
  everyMs: number,
): Asked<T> {
  const [kept, setKept] = useState<Kept<T>>({ key, ...NOTHING });
  const [round, setRound] = useState(0);
  const connected = link.value === 'live';
  // `key` stands for all that `ask` reads.
  useEffect(() => {
    let gone = false;
    let cancel: () => void = () => undefined;
    const read = async () => {
      setKept((before) => ({ ...of(key, before), asking: true }));
      const answer = await ask();
      if (gone) return;
      setKept((before) => taken(of(key, before), answer));
      if (everyMs > 0) cancel = after(everyMs, () => void read());
    };
    if (connected) void read();
    return () => {
      gone = true;
      cancel();
    };
  }, [key, round, connected]);
  return { ...of(key, kept), again: () => setRound((before) => before + 1) };
}

function of<T>(key: string, kept: Kept<T>): Kept<T> {
  return kept.key === key ? kept : { key, ...NOTHING };
}

function taken<T>(before: Kept<T>, answer: Answer<T>): Kept<T> {
  if (answer.kind === 'ok') {
    return { ...before, value: answer.body, at: readNow(), problem: null, asking: false };
  }
  const problem = answer.kind === 'refused' ? answer.message : '';
  return { ...before, problem, asking: false };
}
