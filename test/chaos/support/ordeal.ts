/** An ordeal of the chaos run: what is done to the running system, how often, and what was seen. */

import { it } from 'vitest';

declare module 'vitest' {
  interface TaskMeta {
    ordeal?: OrdealReport;
  }
}

export interface OrdealReport {
  readonly name: string;
  readonly rounds: number;
  /** The last is the truth check. */
  readonly seen: readonly string[];
}

const LONG = process.env['BIFROST_TEST_LONG'] === '1';
/** Of a round, on a busy machine. */
const ROUND_MS = 90_000;

export interface Ordeal {
  readonly name: string;
  /** In the short form, and in the long one. */
  readonly rounds: readonly [short: number, long: number];
  /** Null: this machine cannot do it, for the reason that it says. */
  readonly unless?: string | null;
  /** Plays all rounds; what was seen. */
  play(rounds: number, see: (text: string) => void): Promise<void>;
}

/** Registers it; the truth check belongs to its play. */
export function ordeal({ name, rounds: [short, long], unless = null, play }: Ordeal): void {
  const rounds = LONG ? long : short;
  it(name, { timeout: ROUND_MS * (rounds + 1) }, async ({ task, skip }) => {
    const seen: string[] = [];
    task.meta.ordeal = { name, rounds, seen };
    if (unless !== null) {
      seen.push(unless);
      skip(unless);
    }
    await play(rounds, (text) => seen.push(text));
  });
}
