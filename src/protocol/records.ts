/**
 * A turn on disk: the input with all that it could read, and what it did. A binary head (so that
 * an evaluation's doubles stay the very bits that were read), then JSON for the rest. Version 6.
 *
 *     u8 version · u8 kind · u8 length of `to` · `to` · f64 seq · f64 mono · f64 trading · f64 wall
 *     u32 length of body · body (doubles of an evaluation, else JSON)
 *     u32 length of outcome · outcome (JSON: effects, facts, digest)
 *     of each carried evaluation, to the end: u8 length of `to` · `to` · f64 seq · f64 mono ·
 *     f64 trading · f64 wall · u32 length of body · body
 *
 * Version 1 carried nothing, and its evaluations lacked what later versions added to the board's
 * record, as those of versions 2 to 5 did; they are read as records of today without any of it.
 */

import { Fault } from '../fault.ts';
import { isOldVersion, upgradeBookRecord } from './book-board.ts';
import type { Fact } from './facts.ts';

/** Every kind of input, in the order of its byte. */
export const RECORD_KINDS = [
  'boot',
  'evaluation',
  'broker',
  'market',
  'timer',
  'command',
  'config',
  'actor',
  'tape_lost',
  'lease',
] as const;

export type RecordKind = (typeof RECORD_KINDS)[number];

export type RecordEffect =
  | { readonly kind: 'send'; readonly to: string; readonly message: unknown }
  | {
      readonly kind: 'timer';
      readonly to: string;
      readonly name: string;
      readonly due: number;
      readonly clock: 'mono' | 'trading';
    }
  | { readonly kind: 'cancel'; readonly to: string; readonly name: string };

/** When a turn was, by the three clocks. */
export interface RecordStamp {
  readonly mono: number;
  readonly trading: number;
  readonly wall: number;
}

/** An evaluation that changed nothing, in the record of the turn that relied on it. */
export interface CarriedEvaluation {
  readonly seq: number;
  readonly to: string;
  readonly at: RecordStamp;
  readonly body: Float64Array;
}

export interface JournalRecord {
  readonly seq: number;
  readonly kind: RecordKind;
  readonly to: string;
  readonly at: RecordStamp;
  /** A `Float64Array` for an evaluation, plain data otherwise. */
  readonly body: unknown;
  readonly effects: readonly RecordEffect[];
  readonly facts: readonly Fact[];
  readonly digest: string;
  /** The last evaluations of its deciders, where they stand on tape alone; by sequence number. */
  readonly carried?: readonly CarriedEvaluation[];
}

/** The body of a `tape_lost` record: evaluations numbered in the range may be on no tape. */
export interface TapeLoss {
  readonly type: 'tape.lost';
  readonly from: number;
  readonly to: number;
  /** How many they are; null where nobody counted them. */
  readonly count: number | null;
  readonly reason: 'unwritable' | 'retention' | 'crash';
  /** What the system said. */
  readonly detail: string;
}

const VERSION = 6;
/** `seq`, `mono`, `trading` and `wall`. */
const STAMP_BYTES = 32;
const decoder = new TextDecoder();

/** What the turn did, as one text: two runs of it did the same when these texts are equal. */
export function outcomeText(record: {
  readonly effects: readonly RecordEffect[];
  readonly facts: readonly unknown[];
  readonly digest: string;
}): string {
  const { effects, facts, digest } = record;
  return JSON.stringify({ effects, facts, digest });
}

interface Encodable extends Omit<JournalRecord, 'facts'> {
  readonly facts: readonly unknown[];
}

/** The bytes of a record. */
export function encodeRecord(record: Encodable): Uint8Array {
  return new RecordWriter().write(record, record.carried);
}

/**
 * Writes records into one buffer that grows and stays, so that a turn leaves little behind for the
 * garbage collector, which an order would wait for later.
 */
export class RecordWriter {
  #bytes = Buffer.allocUnsafe(4096);
  #offset = 0;

  /** The bytes of a record; they are good until the next one is written. */
  write(record: Encodable, carried: readonly CarriedEvaluation[] = []): Uint8Array {
    this.#offset = 0;
    this.#room(2);
    this.#bytes[0] = VERSION;
    this.#bytes[1] = RECORD_KINDS.indexOf(record.kind);
    this.#offset = 2;
    this.#head(record);
    if (record.body instanceof Float64Array) this.#doubles(record.body);
    else this.#text(JSON.stringify(record.body));
    this.#text(outcomeText(record));
    for (const evaluation of carried) {
      this.#head(evaluation);
      this.#doubles(evaluation.body);
    }
    return this.#bytes.subarray(0, this.#offset);
  }

  #head({ to, seq, at }: Pick<JournalRecord, 'to' | 'seq' | 'at'>): void {
    // Ids are ASCII, as the API's routes want them.
    this.#room(1 + to.length * 3 + STAMP_BYTES);
    const length = this.#bytes.write(to, this.#offset + 1);
    this.#bytes[this.#offset] = length;
    this.#offset += 1 + length;
    this.#offset = this.#bytes.writeDoubleLE(seq, this.#offset);
    this.#offset = this.#bytes.writeDoubleLE(at.mono, this.#offset);
    this.#offset = this.#bytes.writeDoubleLE(at.trading, this.#offset);
    this.#offset = this.#bytes.writeDoubleLE(at.wall, this.#offset);
  }

  #text(text: string): void {
    this.#room(4 + text.length * 3);
    const length = this.#bytes.write(text, this.#offset + 4);
    this.#bytes.writeUInt32LE(length, this.#offset);
    this.#offset += 4 + length;
  }

  #doubles({ buffer, byteOffset, byteLength }: Float64Array): void {
    this.#room(4 + byteLength);
    this.#bytes.writeUInt32LE(byteLength, this.#offset);
    this.#bytes.set(new Uint8Array(buffer, byteOffset, byteLength), this.#offset + 4);
    this.#offset += 4 + byteLength;
  }

  #room(bytes: number): void {
    const needed = this.#offset + bytes;
    if (needed <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(needed * 2);
    larger.set(this.#bytes.subarray(0, this.#offset));
    this.#bytes = larger;
  }
}

/** Throws `Fault('journal_corrupt')` for bytes that are no record of a known version. */
export function decodeRecord(bytes: Uint8Array): JournalRecord {
  return guarded(() => decode(bytes));
}

/** Kind and number alone, for whoever only looks for some records: nothing is parsed. */
export function peekRecord(bytes: Uint8Array): { readonly kind: RecordKind; readonly seq: number } {
  return guarded(() => {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return { kind: kindOf(view), seq: view.getFloat64(3 + view.getUint8(2), true) };
  });
}

/** Number and wall time alone. */
export function peekMoment(bytes: Uint8Array): { readonly seq: number; readonly wall: number } {
  return guarded(() => {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    kindOf(view);
    const head = 3 + view.getUint8(2);
    return { seq: view.getFloat64(head, true), wall: view.getFloat64(head + 24, true) };
  });
}

/** What became true in a turn, without what it read: a boot record's body is megabytes. */
export function readRecordFacts(bytes: Uint8Array): {
  readonly seq: number;
  readonly wall: number;
  readonly facts: readonly Fact[];
} {
  return guarded(() => {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    kindOf(view);
    const reader = new RecordReader(bytes, view, 2);
    const { seq, at } = reader.head();
    reader.part();
    const { facts } = JSON.parse(decoder.decode(reader.part())) as Pick<JournalRecord, 'facts'>;
    return { seq, wall: at.wall, facts };
  });
}

function guarded<T>(read: () => T): T {
  try {
    return read();
  } catch (cause) {
    if (!(cause instanceof RangeError || cause instanceof SyntaxError)) throw cause;
    throw new Fault('journal_corrupt', 'a journal record cannot be decoded', { cause });
  }
}

function kindOf(view: DataView): RecordKind {
  const version = view.getUint8(0);
  const kind = RECORD_KINDS[view.getUint8(1)];
  if (version >= 1 && version <= VERSION && kind !== undefined) return kind;
  if (version > VERSION) {
    const reads = `this Bifrost reads up to ${VERSION}`;
    throw new Fault('journal_corrupt', `a journal record of version ${version}, and ${reads}`, {
      remedy: 'a newer Bifrost wrote it: run that one again, or a later one; nothing was changed',
    });
  }
  throw new Fault('journal_corrupt', `a journal record of version ${version} and an unknown kind`);
}

/** The version of the records that this program writes; it reads all of before. */
export function recordVersion(): number {
  return VERSION;
}

function decode(bytes: Uint8Array): JournalRecord {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const kind = kindOf(view);
  const version = view.getUint8(0);
  const reader = new RecordReader(bytes, view, 2);
  const head = reader.head();
  const body = reader.part();
  const outcome = JSON.parse(decoder.decode(reader.part())) as Pick<
    JournalRecord,
    'effects' | 'facts' | 'digest'
  >;
  const carried: CarriedEvaluation[] = [];
  while (reader.more) carried.push({ ...reader.head(), body: doubles(reader.part(), version) });
  return {
    ...head,
    kind,
    body: kind === 'evaluation' ? doubles(body, version) : JSON.parse(decoder.decode(body)),
    effects: outcome.effects,
    facts: outcome.facts,
    digest: outcome.digest,
    carried,
  };
}

class RecordReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #offset: number;

  constructor(bytes: Uint8Array, view: DataView, offset: number) {
    this.#bytes = bytes;
    this.#view = view;
    this.#offset = offset;
  }

  get more(): boolean {
    return this.#offset < this.#bytes.length;
  }

  head(): Pick<JournalRecord, 'seq' | 'to' | 'at'> {
    const start = this.#offset + 1;
    const end = start + this.#view.getUint8(this.#offset);
    const to = decoder.decode(this.#bytes.subarray(start, end));
    const at = (index: number): number => this.#view.getFloat64(end + index * 8, true);
    this.#offset = end + STAMP_BYTES;
    return { seq: at(0), to, at: { mono: at(1), trading: at(2), wall: at(3) } };
  }

  part(): Uint8Array {
    const start = this.#offset + 4;
    const end = start + this.#view.getUint32(this.#offset, true);
    if (end > this.#bytes.length) throw new RangeError('a part goes beyond the record');
    this.#offset = end;
    return this.#bytes.subarray(start, end);
  }
}

/** A copy (and not `slice`, which a Buffer answers with a view): doubles want to be aligned. */
function doubles(bytes: Uint8Array, version: number): Float64Array {
  const body = new Float64Array(new Uint8Array(bytes).buffer);
  return isOldVersion(version) ? upgradeBookRecord(body, version) : body;
}
