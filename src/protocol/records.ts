/**
 * A turn on disk: the input with all that it could read, and what it did. A binary head (so that
 * an evaluation's doubles stay the very bits that were read), then JSON for the rest. Version 1.
 *
 *     u8 version · u8 kind · u8 length of `to` · `to` · f64 seq · f64 mono · f64 trading · f64 wall
 *     u32 length of body · body (doubles of an evaluation, else JSON)
 *     u32 length of outcome · outcome (JSON: effects, facts, digest)
 */

import { Fault } from '../fault.ts';
import type { Fact } from './facts.ts';

const KINDS = [
  'boot',
  'evaluation',
  'broker',
  'market',
  'timer',
  'command',
  'config',
  'actor',
] as const;

export type RecordKind = (typeof KINDS)[number];

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

export interface JournalRecord {
  readonly seq: number;
  readonly kind: RecordKind;
  readonly to: string;
  readonly at: { readonly mono: number; readonly trading: number; readonly wall: number };
  /** A `Float64Array` for an evaluation, plain data otherwise. */
  readonly body: unknown;
  readonly effects: readonly RecordEffect[];
  readonly facts: readonly Fact[];
  readonly digest: string;
}

const VERSION = 1;
const encoder = new TextEncoder();
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

/** The bytes of a record, for the journal or the tape. */
export function encodeRecord(record: {
  readonly seq: number;
  readonly kind: RecordKind;
  readonly to: string;
  readonly at: JournalRecord['at'];
  readonly body: unknown;
  readonly effects: readonly RecordEffect[];
  readonly facts: readonly unknown[];
  readonly digest: string;
}): Uint8Array {
  const to = encoder.encode(record.to);
  const body =
    record.body instanceof Float64Array
      ? new Uint8Array(record.body.buffer, record.body.byteOffset, record.body.byteLength)
      : encoder.encode(JSON.stringify(record.body));
  const outcome = encoder.encode(outcomeText(record));
  const bytes = new Uint8Array(3 + to.length + 32 + 4 + body.length + 4 + outcome.length);
  const view = new DataView(bytes.buffer);
  bytes[0] = VERSION;
  bytes[1] = KINDS.indexOf(record.kind);
  bytes[2] = to.length;
  bytes.set(to, 3);
  let offset = 3 + to.length;
  for (const value of [record.seq, record.at.mono, record.at.trading, record.at.wall]) {
    view.setFloat64(offset, value, true);
    offset += 8;
  }
  for (const part of [body, outcome]) {
    view.setUint32(offset, part.length, true);
    bytes.set(part, offset + 4);
    offset += 4 + part.length;
  }
  return bytes;
}

/** Throws `Fault('journal_corrupt')` for bytes that are no record of this version. */
export function decodeRecord(bytes: Uint8Array): JournalRecord {
  try {
    return decode(bytes);
  } catch (cause) {
    if (!(cause instanceof RangeError || cause instanceof SyntaxError)) throw cause;
    throw new Fault('journal_corrupt', 'a journal record cannot be decoded', { cause });
  }
}

function decode(bytes: Uint8Array): JournalRecord {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const kind = KINDS[view.getUint8(1)];
  if (view.getUint8(0) !== VERSION || kind === undefined) {
    throw new Fault('journal_corrupt', `a journal record of version ${view.getUint8(0)}`, {
      remedy: 'Read it with the version of Bifrost that wrote it.',
    });
  }
  const nameLength = view.getUint8(2);
  const to = decoder.decode(bytes.subarray(3, 3 + nameLength));
  const head = 3 + nameLength;
  const bodyLength = view.getUint32(head + 32, true);
  const bodyStart = head + 36;
  const outcomeLength = view.getUint32(bodyStart + bodyLength, true);
  const outcomeStart = bodyStart + bodyLength + 4;
  const body = bytes.subarray(bodyStart, bodyStart + bodyLength);
  const outcome = bytes.subarray(outcomeStart, outcomeStart + outcomeLength);
  const did = JSON.parse(decoder.decode(outcome)) as Pick<
    JournalRecord,
    'effects' | 'facts' | 'digest'
  >;
  return {
    seq: view.getFloat64(head, true),
    kind,
    to,
    at: {
      mono: view.getFloat64(head + 8, true),
      trading: view.getFloat64(head + 16, true),
      wall: view.getFloat64(head + 24, true),
    },
    body: kind === 'evaluation' ? doubles(body) : JSON.parse(decoder.decode(body)),
    effects: did.effects,
    facts: did.facts,
    digest: did.digest,
  };
}

/** A copy (and not `slice`, which a Buffer answers with a view): doubles want to be aligned. */
function doubles(bytes: Uint8Array): Float64Array {
  return new Float64Array(new Uint8Array(bytes).buffer);
}
