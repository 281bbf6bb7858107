/**
 * What a run leaves behind: counted while it goes on, so that memory does not grow with the tape.
 * It looks at each turn after it was taken, and has no way to change anything.
 */

import { createHash } from 'node:crypto';
import type { Assessment } from '../domain/assessment.ts';
import type { Deciders } from '../engine/deciders.ts';
import type { Fact, OperationFact } from '../protocol/facts.ts';
import { outcomeText } from '../protocol/records.ts';
import type { TurnRecord } from '../runtime/turn.ts';
import { Periods } from './periods.ts';
import { Sketch } from './sketch.ts';

/** One assessment that differed from the one before, with what it was made of. */
export interface Decision {
  readonly ts: number;
  readonly verdict: string;
  readonly trading: string;
  readonly hedge: string;
  /** O D M L E S. */
  readonly space: string;
  readonly spot: number | null;
  readonly net_delta: number | null;
  readonly gamma: number | null;
  readonly spread_pct: number | null;
  readonly need: number;
  /** Signed shares of the order that went out; 0 for none. */
  readonly quantity: number;
  readonly block_reasons: readonly string[];
  readonly causes: readonly string[];
}

/** What is looked at of a turn, live or of a journal. */
export type CollectedTurn = Pick<
  TurnRecord,
  'seq' | 'kind' | 'at' | 'effects' | 'facts' | 'digest' | 'touched'
>;

/** Decisions and operations kept; more are counted. */
const DECISIONS_MAX = 20_000;
const OPERATIONS_MAX = 50_000;
/** Characters that wait to be hashed. */
const LINES_MAX = 65_536;
/** Of blocked evaluations over time. */
const BUCKET_MS = 1_800_000;
const BUCKETS_MAX = 400;

export class Collector {
  readonly blockReasons = new Map<string, number>();
  /** By the beginning of a bucket, epoch ms. */
  blockedOverTime = new Map<number, Map<string, number>>();
  readonly timeInState = new Map<string, number>();
  readonly verdicts = new Map<string, number>();
  readonly netDelta = new Sketch();
  readonly periods = new Periods();
  readonly decisions: Decision[] = [];
  readonly operations: OperationFact[] = [];
  decisionCount = 0;
  operationCount = 0;
  evaluations = 0;
  hedges = 0;
  orders = 0;
  rejects = 0;
  turns = 0;
  readonly #hash = createHash('sha256');
  /** What is not in the hash yet: many short updates cost more than all that they hash. */
  #lines = '';
  #bucketMs = BUCKET_MS;
  #signature = '';
  #state = '';
  #stateSince = Number.NaN;

  /** After a turn of the book or the daemon. */
  take(record: CollectedTurn, isSilent: boolean, { books }: Deciders): void {
    this.turns += 1;
    const [book] = books;
    if (!isSilent) {
      // Most turns of time alone do nothing: their digest says all there is.
      const nothing = record.effects.length + record.facts.length === 0;
      const text = nothing ? record.digest : outcomeText(record);
      this.#lines += `${record.seq} ${record.kind} ${record.at.trading} ${text}\n`;
      if (this.#lines.length > LINES_MAX) this.#hashLines();
      for (const fact of record.facts as readonly Fact[]) this.#fact(fact);
    }
    if (book === undefined || !record.touched.includes(book.id)) return;
    const assessment = book.assessment();
    if (assessment === null) return;
    const { trading, hedge } = book.machines();
    this.#since(String(trading.value), record.at.trading);
    if (record.kind === 'evaluation') this.#evaluation(assessment);
    if (assessment.signature === this.#signature) return;
    this.#signature = assessment.signature;
    this.#decide(assessment, String(trading.value), String(hedge.value), record);
  }

  /** The last state ends with the run. */
  finish(ts: number): void {
    this.#since(this.#state, ts);
  }

  /** Of everything that was decided and done, in order. */
  digest(): string {
    this.#hashLines();
    return this.#hash.copy().digest('hex');
  }

  #hashLines(): void {
    this.#hash.update(this.#lines);
    this.#lines = '';
  }

  #since(state: string, ts: number): void {
    if (!Number.isFinite(ts)) return;
    if (this.#state !== '') {
      const spent = ts - this.#stateSince;
      this.timeInState.set(this.#state, (this.timeInState.get(this.#state) ?? 0) + spent);
    }
    this.#state = state;
    this.#stateSince = ts;
  }

  #evaluation({ blocked, verdict, netDelta, at }: Assessment): void {
    this.evaluations += 1;
    this.netDelta.add(netDelta);
    this.periods.evaluate(at, netDelta);
    count(this.verdicts, verdict);
    if (blocked.length === 0) return;
    const bucket = this.#bucket(at);
    for (const reason of blocked) {
      count(this.blockReasons, reason);
      count(bucket, reason);
    }
  }

  #bucket(ts: number): Map<string, number> {
    const start = Math.floor(ts / this.#bucketMs) * this.#bucketMs;
    const known = this.blockedOverTime.get(start);
    if (known !== undefined) return known;
    if (this.blockedOverTime.size >= BUCKETS_MAX) this.#widen();
    const fresh = new Map<string, number>();
    this.blockedOverTime.set(Math.floor(ts / this.#bucketMs) * this.#bucketMs, fresh);
    return fresh;
  }

  #widen(): void {
    this.#bucketMs *= 2;
    const wide = new Map<number, Map<string, number>>();
    for (const [ts, reasons] of this.blockedOverTime) {
      const start = Math.floor(ts / this.#bucketMs) * this.#bucketMs;
      const into = wide.get(start) ?? new Map<string, number>();
      wide.set(start, into);
      for (const [reason, number] of reasons) into.set(reason, (into.get(reason) ?? 0) + number);
    }
    this.blockedOverTime = wide;
  }

  #decide(assessment: Assessment, trading: string, hedge: string, record: CollectedTurn): void {
    this.decisionCount += 1;
    if (this.decisions.length >= DECISIONS_MAX) return;
    const { space, verdict, spot, netDelta, greeks, need, blocked, causes } = assessment;
    const sent = (record.facts as readonly Fact[]).find((fact) => fact.fact === 'intent');
    const quantity =
      sent?.fact === 'intent' && sent.outcome === null
        ? sent.quantity * (sent.side === 'BUY' ? 1 : -1)
        : 0;
    this.decisions.push({
      ts: record.at.trading,
      verdict,
      trading,
      hedge,
      space: [space.O, space.D, space.M, space.L, space.E, space.S].join(' '),
      spot: finite(spot),
      net_delta: finite(netDelta),
      gamma: finite(greeks.gamma),
      spread_pct: finite(assessment.spreadPct),
      need,
      quantity,
      block_reasons: blocked,
      causes,
    });
  }

  #fact(fact: Fact): void {
    if (fact.fact === 'intent' && fact.outcome !== null && fact.filled > 0) this.hedges += 1;
    if (fact.fact !== 'operation') return;
    if (fact.type === 'order_sent') this.orders += 1;
    if (fact.type === 'reject') this.rejects += 1;
    this.operationCount += 1;
    if (this.operations.length < OPERATIONS_MAX) this.operations.push(fact);
  }
}

/** Adds one. */
export function count<K>(counts: Map<K, number>, key: K): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

/** JSON has no NaN. */
export function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
