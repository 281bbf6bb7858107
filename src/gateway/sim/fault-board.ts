/**
 * The faults that stand at this moment, asked by whoever they concern: the desk before it takes an
 * order, the market when it is quoted, the reports on their way out. It decides nothing by itself.
 */

import type { FaultInput, FaultType } from './fault-schema.ts';

export type FaultOf<T extends FaultType> = Extract<FaultInput, { readonly type: T }>;

interface ActiveFault {
  readonly fault: FaultInput;
  /** Exchange time, epoch ms. */
  readonly until: number;
  left: number;
}

/** Armed at once; a driver that arms more has forgotten to end them. */
const ACTIVE_MAX = 1000;
/** Orders that are silent at once; far more than are alive. */
const SILENCED_MAX = 10_000;

export class FaultBoard {
  #active: ActiveFault[] = [];
  readonly #silenced = new Set<string>();

  /** Orders nobody hears of, by client and order id; the oldest are forgotten. */
  get silenced(): ReadonlySet<string> {
    return this.#silenced;
  }

  silence(key: string): void {
    this.#silenced.add(key);
    const [oldest] = this.#silenced;
    if (this.#silenced.size > SILENCED_MAX && oldest !== undefined) this.#silenced.delete(oldest);
  }

  get size(): number {
    return this.#active.length;
  }

  get isFull(): boolean {
    return this.#active.length >= ACTIVE_MAX;
  }

  /** A fault of the same kind and subject begins anew. */
  arm(fault: FaultInput, until: number, count: number): void {
    this.disarm(fault);
    this.#active.push({ fault, until, left: count });
  }

  disarm(fault: FaultInput): void {
    this.#active = this.#active.filter(
      (active) => active.fault.type !== fault.type || subjectOf(active.fault) !== subjectOf(fault),
    );
  }

  /** The standing fault of this type that concerns `symbol`, if there is one. */
  find<T extends FaultType>(type: T, symbol = ''): FaultOf<T> | null {
    for (const { fault } of this.#active) {
      const subject = subjectOf(fault);
      // The type tag has just been compared.
      if (fault.type === type && (subject === '' || subject === symbol)) {
        return fault as FaultOf<T>;
      }
    }
    return null;
  }

  /** Like `find`, and counts as one of its hits. */
  take<T extends FaultType>(type: T): FaultOf<T> | null {
    const index = this.#active.findIndex(({ fault }) => fault.type === type);
    const active = this.#active[index];
    if (active === undefined) return null;
    active.left -= 1;
    if (active.left <= 0) this.#active.splice(index, 1);
    return active.fault as FaultOf<T>;
  }

  /** When the next one ends; Infinity when none does by itself. */
  nextEnd(): number {
    return this.#active.reduce((due, { until }) => Math.min(due, until), Number.POSITIVE_INFINITY);
  }

  /** Removes and returns what has ended by now. */
  expire(now: number): readonly FaultInput[] {
    const ended = this.#active.filter(({ until }) => until <= now);
    if (ended.length > 0) this.#active = this.#active.filter(({ until }) => until > now);
    return ended.map(({ fault }) => fault);
  }
}

/** What a fault concerns; `''` is everything. */
function subjectOf(fault: FaultInput): string {
  if ('symbol' in fault) return fault.symbol ?? '';
  return '';
}
