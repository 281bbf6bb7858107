import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  BOOK,
  dividendOffset,
  LEG,
  legOffset,
  upgradeBookRecord,
  usedLength,
} from '../../src/protocol/book-board.ts';
import {
  decodeRecord,
  encodeRecord,
  type JournalRecord,
  outcomeText,
  peekRecord,
  RecordWriter,
  recordVersion,
} from '../../src/protocol/records.ts';

const record: JournalRecord = {
  seq: 42,
  kind: 'broker',
  to: 'daemon',
  at: { mono: 1.5, trading: 1_789_394_432_561.98, wall: 1_795_348_822_384 },
  body: { type: 'broker', report: { type: 'time', ts: 1 } },
  effects: [{ kind: 'timer', to: 'daemon', name: 'retry', due: 7.25, clock: 'mono' }],
  facts: [],
  digest: 'daemon=running',
  carried: [],
};

/** A header and two legs of sixteen fields, counted. */
const old = Float64Array.from({ length: 48 }, (_, index) => index);

describe('journal records', () => {
  it('come back as they were written', () => {
    expect(decodeRecord(encodeRecord(record))).toEqual(record);
  });

  it('bring along the evaluations that their turn relied on', () => {
    const at = { mono: 1, trading: 2, wall: 3 };
    const carried = [
      { seq: 40, to: 'book:A', at, body: Float64Array.of(1, Number.NaN) },
      { seq: 41, to: 'book:B', at, body: Float64Array.of(-0) },
    ];
    const read = decodeRecord(encodeRecord({ ...record, carried }));
    expect(read).toEqual({ ...record, carried });
    const cut = encodeRecord({ ...record, carried }).slice(0, -1);
    expect(() => decodeRecord(cut)).toThrowError(/journal record/);
  });

  it('tell their kind and number at a glance', () => {
    expect(peekRecord(encodeRecord(record))).toEqual({ kind: 'broker', seq: 42 });
    expect(() => peekRecord(new Uint8Array([1]))).toThrowError(/journal record/);
  });

  it('of any size come out of one writer whole, one after the other', () => {
    const writer = new RecordWriter();
    for (const size of [0, 70_000, 3]) {
      const large = { ...record, body: { text: 'é€'.repeat(size) } };
      expect(decodeRecord(writer.write(large))).toEqual(large);
    }
  });

  it('of version 1 are read, their board records in the layout of today', () => {
    const bytes = encodeRecord({ ...record, kind: 'evaluation', body: old });
    bytes[0] = 1;
    const read = decodeRecord(bytes).body as Float64Array;
    expect(read).toEqual(upgradeBookRecord(old, 1));
    expect(read[legOffset(1)]).toBe(32);
  });

  it('of version 2 are read too, without whether the underlying could be borrowed', () => {
    const before = Float64Array.from({ length: 60 }, (_, index) => index);
    const bytes = encodeRecord({ ...record, kind: 'evaluation', body: before });
    bytes[0] = 2;
    const read = decodeRecord(bytes).body as Float64Array;
    expect(read[BOOK.volSource]).toBe(19);
    expect(read[BOOK.shortable]).toBeNaN();
    expect(read[legOffset(0)]).toBe(20);
    expect(read[legOffset(1) + LEG.expiry]).toBe(59);
  });

  it('of version 3 are read too, without what early exercise and dividends need', () => {
    const before = Float64Array.from({ length: 62 }, (_, index) => index);
    const bytes = encodeRecord({ ...record, kind: 'evaluation', body: before });
    bytes[0] = 3;
    const read = decodeRecord(bytes).body as Float64Array;
    expect(read[BOOK.shortableShares]).toBe(21);
    expect(read[BOOK.exercise]).toBeNaN();
    expect(read[BOOK.dividendCount]).toBe(0);
    expect(read[legOffset(1) + LEG.expiry]).toBe(61);
  });

  it('of version 4 are read too, dividends behind the legs, without strikes beside them', () => {
    const before = Float64Array.from({ length: 31 + 2 * 34 + 4 }, (_, index) => index);
    before[BOOK.legCount] = 2;
    before[BOOK.dividendCount] = 2;
    const bytes = encodeRecord({ ...record, kind: 'evaluation', body: before });
    bytes[0] = 4;
    const read = decodeRecord(bytes).body as Float64Array;
    expect([read[BOOK.ivMaxAgeMs], read[BOOK.strikeCount]]).toEqual([29, 0]);
    expect(read[legOffset(1) + LEG.smileIv]).toBe(98);
    expect([...read.subarray(dividendOffset(read, 0))]).toEqual([99, 100, 101, 102]);
    expect(usedLength(read)).toBe(read.length);
  });

  it('of version 5 are read too, their strikes with them, without the age of IB’s model', () => {
    const before = Float64Array.from({ length: 33 + 3 * 34 + 2 }, (_, index) => index);
    before[BOOK.legCount] = 2;
    before[BOOK.strikeCount] = 1;
    before[BOOK.dividendCount] = 1;
    const bytes = encodeRecord({ ...record, kind: 'evaluation', body: before });
    bytes[0] = 5;
    const read = decodeRecord(bytes).body as Float64Array;
    expect([read[BOOK.strikeCount], read[BOOK.strikesDropped]]).toEqual([1, 32]);
    expect(read[BOOK.ibMaxAgeMs]).toBeNaN();
    expect(read[legOffset(2) + LEG.smileIv]).toBe(33 + 3 * 34 - 1);
    expect(read[legOffset(2) + LEG.ibTs]).toBeNaN();
    expect([...read.subarray(dividendOffset(read, 0))]).toEqual([135, 136]);
    expect(usedLength(read)).toBe(read.length);
    bytes[0] = 7;
    expect(() => decodeRecord(bytes)).toThrowError(/version 7/);
  });

  it('keep the very bits of an evaluation, also when read out of a larger buffer', () => {
    fc.assert(
      fc.property(fc.float64Array({ minLength: 1, maxLength: 40 }), fc.nat(63), (body, shift) => {
        const bytes = encodeRecord({ ...record, kind: 'evaluation', body });
        const larger = Buffer.alloc(bytes.length + 64, 0xff);
        larger.set(bytes, shift);
        const read = decodeRecord(larger.subarray(shift, shift + bytes.length)).body;
        expect(Buffer.from((read as Float64Array).buffer)).toEqual(
          Buffer.from(body.buffer, body.byteOffset, body.byteLength),
        );
      }),
    );
  });

  it('keep a trading time that is not known yet', () => {
    const at = { ...record.at, trading: Number.NaN };
    expect(decodeRecord(encodeRecord({ ...record, at })).at.trading).toBeNaN();
  });

  it('refuse bytes that are none, with a fault', () => {
    expect(() => decodeRecord(new Uint8Array([1, 2]))).toThrowError(/journal record/);
    const cut = encodeRecord(record).subarray(0, 60);
    expect(() => decodeRecord(cut)).toThrowError(/journal record/);
  });

  it('of a version to come are refused, and say what reads them', () => {
    const later = encodeRecord(record);
    later[0] = recordVersion() + 1;
    expect(() => decodeRecord(later)).toThrowError(
      `a journal record of version ${recordVersion() + 1}, and this Bifrost reads up to`,
    );
    expect(() => peekRecord(later)).toThrowError(/reads up to/);
  });

  it('say in one text what a turn did', () => {
    expect(outcomeText(record)).toBe(outcomeText(decodeRecord(encodeRecord(record))));
  });
});
