/**
 * What happened in one film, for a later look: a line of JSON for each thing, in its order. A
 * transition has the fields that the API gives one, so that what reads those can read these.
 */

import type { Fact } from '../../src/protocol/facts.ts';
import type { TurnRecord } from '../../src/runtime/turn.ts';

export class Trace {
  readonly #lines: string[] = [];

  get text(): string {
    return `${this.#lines.join('\n')}\n`;
  }

  /** What the whole is of; the first line. */
  head(fields: object): void {
    this.#lines.unshift(JSON.stringify({ kind: 'film', ...fields }));
  }

  /** A message between actors, a death, a step of the scheduler: as the hash is made of it. */
  note(ms: number, text: string): void {
    this.#lines.push(JSON.stringify({ kind: 'step', ms, text }));
  }

  turn(ms: number, record: TurnRecord): void {
    const { seq, kind, to, body, effects, facts, digest } = record;
    const input = body instanceof Float64Array ? 'a record of the board' : body;
    this.#lines.push(
      JSON.stringify({ kind: 'turn', ms, seq, input: kind, to, body: input, effects, digest }),
    );
    for (const fact of facts as readonly Fact[]) {
      const { fact: kindOfFact, ...fields } = fact;
      this.#lines.push(JSON.stringify({ kind: kindOfFact, ms, seq, ...fields }));
    }
  }
}
