/**
 * Evaluations that changed nothing. They are the bulk of all turns, so they go to a tape that may
 * be lost; but a later turn may still look at what the last of them read. Its record carries that
 * evaluation, so that the log alone holds all that any turn could see.
 */

/** What has to be known of a turn. */
interface Taken {
  readonly kind: string;
  readonly to: string;
  readonly seq: number;
  readonly effects: readonly unknown[];
  readonly facts: readonly unknown[];
  readonly digest: string;
  readonly touched: readonly string[];
}

/** Which evaluations of the live turn loop changed nothing, and which of them still matter. */
export class Silence<T extends Taken> {
  readonly #lastDigest = new Map<string, string>();
  /** By decider, its last evaluation, if that changed nothing and no record carries it yet. */
  readonly #last = new Map<string, T>();

  /** Whether the turn is an evaluation that changed nothing; then it is remembered. */
  keep(record: T): boolean {
    const { kind, to, digest, effects, facts } = record;
    const same = this.#lastDigest.get(to) === digest;
    this.#lastDigest.set(to, digest);
    const silent = kind === 'evaluation' && same && effects.length === 0 && facts.length === 0;
    if (silent) this.#last.set(to, record);
    return silent;
  }

  /**
   * What the deciders of a turn saw last, by sequence number. An evaluation takes the place of the
   * one before it, and needs none.
   */
  carriedBy(record: T): readonly T[] {
    if (record.kind === 'evaluation') this.#last.delete(record.to);
    if (this.#last.size === 0) return [];
    const carried: T[] = [];
    for (const id of record.touched) {
      const last = this.#last.get(id);
      if (last !== undefined && this.#last.delete(id)) carried.push(last);
    }
    return carried.sort((a, b) => a.seq - b.seq);
  }
}
