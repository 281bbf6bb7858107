/**
 * Rows in the binary format of PostgreSQL's COPY. Numbers go as their bytes and not as digits, so
 * neither side formats nor parses them. The buffer stays from batch to batch: what is shipped
 * leaves little behind for the garbage collector.
 */

import { cellOf } from './cells.ts';
import type { Row } from './fact-rows.ts';
import type { Cell, ColumnType } from './tables.ts';

/** `PGCOPY\n\377\r\n\0`, no flags, no extension. */
const HEADER = Buffer.from('5047434f50590aff0d0a000000000000000000', 'hex');
const TRAILER_BYTES = 2;
/** The largest field of a fixed width, with its length. */
const FIXED_BYTES_MAX = 12;
/** A text of `n` UTF-16 units is at most so many bytes of UTF-8 a unit. */
const UTF8_BYTES_MAX = 3;
/** Up to here a loop is quicker than the call into the platform's encoder. */
const SHORT_TEXT = 40;
const FIRST_BYTES = 16 * 1024;
const JSONB_VERSION = 1;
/** PostgreSQL counts microseconds from the year 2000. */
const EPOCH_2000_S = 946_684_800;

/** Encoded rows of one table. */
export class CopyBuffer {
  readonly #columns: readonly (readonly [name: string, type: ColumnType])[];
  #bytes = Buffer.allocUnsafe(FIRST_BYTES);
  #offset = 0;
  #rows = 0;
  /** Where each row that may be left out begins and ends. */
  readonly #marked = new Map<string, (readonly [start: number, end: number])[]>();

  constructor(columns: Readonly<Record<string, ColumnType>>) {
    this.#columns = Object.entries(columns);
    this.clear();
  }

  get rows(): number {
    return this.#rows;
  }

  clear(): void {
    this.#bytes.set(HEADER);
    this.#offset = HEADER.length;
    this.#rows = 0;
    this.#marked.clear();
  }

  /** The marks of rows that may be left out. */
  get marks(): readonly string[] {
    return [...this.#marked.keys()];
  }

  /** `mark`: what it is left out by, where it is found to be there already. */
  add(row: Row, mark: string | null = null): void {
    const start = this.#offset;
    this.#encode(row);
    if (mark === null) return;
    const rows = this.#marked.get(mark) ?? [];
    this.#marked.set(mark, rows);
    rows.push([start, this.#offset]);
  }

  #encode(row: Row): void {
    this.#room(2 + this.#columns.length * FIXED_BYTES_MAX);
    this.#offset = this.#bytes.writeInt16BE(this.#columns.length, this.#offset);
    for (const [name, type] of this.#columns) {
      const value = cellOf(row[name], type);
      if (value === null) this.#offset = this.#bytes.writeInt32BE(-1, this.#offset);
      else this.#field(value, type);
    }
    this.#rows += 1;
  }

  /** All rows with header and trailer; good until the next `add` or `clear`. */
  finish(): Buffer {
    this.#bytes.writeInt16BE(-1, this.#offset);
    return this.#bytes.subarray(0, this.#offset + TRAILER_BYTES);
  }

  /** As `finish`, without the rows of these marks. */
  finishWithout(marks: ReadonlySet<string>): Buffer {
    const whole = this.finish();
    const cuts = [...marks].flatMap((mark) => this.#marked.get(mark) ?? []);
    if (cuts.length === 0) return whole;
    cuts.sort(([one], [other]) => one - other);
    const starts = [0, ...cuts.map(([, end]) => end)];
    const ends = [...cuts.map(([start]) => start), whole.length];
    return Buffer.concat(starts.map((start, index) => whole.subarray(start, ends[index])));
  }

  #field(value: Exclude<Cell, null>, type: ColumnType): void {
    switch (type) {
      case 'text':
        this.#text(String(value));
        break;
      case 'double precision':
        this.#width(8);
        this.#offset = this.#bytes.writeDoubleBE(Number(value), this.#offset);
        break;
      case 'bigint':
        this.#wide(Number(value));
        break;
      case 'integer':
        this.#width(4);
        this.#offset = this.#bytes.writeInt32BE(Number(value), this.#offset);
        break;
      case 'smallint':
        this.#width(2);
        this.#offset = this.#bytes.writeInt16BE(Number(value), this.#offset);
        break;
      case 'boolean':
        this.#width(1);
        this.#offset = this.#bytes.writeUInt8(value === true ? 1 : 0, this.#offset);
        break;
      case 'timestamptz':
        this.#wide(Math.round((Number(value) - EPOCH_2000_S) * 1e6));
        break;
      case 'jsonb':
        this.#text(String(value), JSONB_VERSION);
        break;
    }
  }

  #width(bytes: number): void {
    this.#offset = this.#bytes.writeInt32BE(bytes, this.#offset);
  }

  /** Whole and below 2^53, as all our numbers are: two halves are quicker than a `bigint`. */
  #wide(value: number): void {
    this.#width(8);
    this.#offset = this.#bytes.writeInt32BE(Math.floor(value / 2 ** 32), this.#offset);
    this.#offset = this.#bytes.writeUInt32BE(value >>> 0, this.#offset);
  }

  #text(value: string, version?: number): void {
    // What follows in this row needs its room as well.
    this.#room(5 + value.length * UTF8_BYTES_MAX + this.#columns.length * FIXED_BYTES_MAX);
    const start = this.#offset + 4;
    let end = start;
    if (version !== undefined) end = this.#bytes.writeUInt8(version, end);
    end = this.#shortText(value, end) ?? end + this.#bytes.write(value, end);
    this.#bytes.writeInt32BE(end - start, this.#offset);
    this.#offset = end;
  }

  /** Where the text ends; undefined where it is long, or not all ASCII. */
  #shortText(value: string, start: number): number | undefined {
    if (value.length > SHORT_TEXT) return undefined;
    for (let index = 0; index < value.length; index += 1) {
      const code = value.charCodeAt(index);
      if (code > 0x7f) return undefined;
      this.#bytes[start + index] = code;
    }
    return start + value.length;
  }

  #room(bytes: number): void {
    const needed = this.#offset + bytes + TRAILER_BYTES;
    if (needed <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(needed * 2);
    larger.set(this.#bytes.subarray(0, this.#offset));
    this.#bytes = larger;
  }
}
