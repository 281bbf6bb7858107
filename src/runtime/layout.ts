/**
 * The layout of a record in shared memory, declared once: field names and their types. Writer and
 * reader get views generated from the one declaration, so that the two sides cannot disagree about
 * an offset. A record of doubles alone also fits a board.
 */

import assert from 'node:assert/strict';

export type FieldType = 'f64' | 'i32' | 'u32';

/** Fields in their order; the wide ones first waste no space. */
export type Fields = Readonly<Record<string, FieldType>>;

/** A window on one record: reading and assigning a field goes straight to shared memory. */
export type View<F extends Fields> = { -readonly [Name in keyof F]: number };

/** A view that can be moved over an array of records. */
export interface Cursor<F extends Fields> {
  readonly view: View<F>;
  /** Puts the view on the record that begins at this byte, a multiple of 8. */
  moveTo(byte: number): void;
}

export interface Layout<F extends Fields> {
  readonly fields: F;
  /** Of one record: a multiple of 8, so that doubles stay aligned in an array of records. */
  readonly bytes: number;
  /** Doubles of one record where all fields are doubles: the length of a board that holds it. */
  readonly doubles: number | undefined;
  cursor(buffer: SharedArrayBuffer): Cursor<F>;
  /** A view on the private copy that a board's reader or writer holds. */
  over(record: Float64Array): View<F>;
}

interface Memory {
  f64: Float64Array;
  i32: Int32Array;
  u32: Uint32Array;
  /** The record's first word of 8 and of 4 bytes. */
  at8: number;
  at4: number;
}

/** Where a view keeps what it looks at; no field can have this name. */
const MEMORY = Symbol('memory');

const BYTES: Readonly<Record<FieldType, number>> = { f64: 8, i32: 4, u32: 4 };

/** Declares a record. Each field lies at the next offset that is a multiple of its size. */
export function defineLayout<const F extends Fields>(fields: F): Layout<F> {
  const offsets: [string, FieldType, number][] = [];
  let end = 0;
  for (const [name, type] of Object.entries(fields)) {
    const size = BYTES[type];
    const offset = Math.ceil(end / size) * size;
    offsets.push([name, type, offset]);
    end = offset + size;
  }
  assert(end > 0, 'a record has a field');
  const bytes = Math.ceil(end / 8) * 8;
  const allDoubles = offsets.every(([, type]) => type === 'f64');
  // One class for all views of a layout: its accessors stay the same for every ring and board, and
  // the compiler inlines them. (With accessors of each view's own, the fourth ring ran at a tenth.)
  class RecordView {
    readonly [MEMORY]: Memory;

    constructor(memory: Memory) {
      this[MEMORY] = memory;
    }
  }
  for (const [name, type, offset] of offsets) {
    Object.defineProperty(RecordView.prototype, name, accessor(type, offset / BYTES[type]));
  }
  // The loop has just defined the fields.
  const viewOn = (memory: Memory): View<F> => new RecordView(memory) as unknown as View<F>;
  return {
    fields,
    bytes,
    doubles: allDoubles ? bytes / 8 : undefined,
    cursor(buffer) {
      const memory = memoryOf(buffer, 0, buffer.byteLength);
      return {
        view: viewOn(memory),
        moveTo(byte) {
          memory.at8 = byte >>> 3;
          memory.at4 = byte >>> 2;
        },
      };
    },
    over(record) {
      assert(allDoubles && record.length * 8 >= bytes, 'a board holds doubles, and enough of them');
      return viewOn(memoryOf(record.buffer, record.byteOffset, record.byteLength));
    },
  };
}

function memoryOf(buffer: ArrayBufferLike, start: number, bytes: number): Memory {
  return {
    f64: new Float64Array(buffer, start, bytes / 8),
    i32: new Int32Array(buffer, start, bytes / 4),
    u32: new Uint32Array(buffer, start, bytes / 4),
    at8: 0,
    at4: 0,
  };
}

interface Viewed {
  readonly [MEMORY]: Memory;
}

function accessor(type: FieldType, index: number): PropertyDescriptor & ThisType<Viewed> {
  switch (type) {
    case 'f64':
      return {
        get() {
          return this[MEMORY].f64[this[MEMORY].at8 + index];
        },
        set(value: number) {
          this[MEMORY].f64[this[MEMORY].at8 + index] = value;
        },
      };
    case 'i32':
      return {
        get() {
          return this[MEMORY].i32[this[MEMORY].at4 + index];
        },
        set(value: number) {
          this[MEMORY].i32[this[MEMORY].at4 + index] = value;
        },
      };
    case 'u32':
      return {
        get() {
          return this[MEMORY].u32[this[MEMORY].at4 + index];
        },
        set(value: number) {
          this[MEMORY].u32[this[MEMORY].at4 + index] = value;
        },
      };
  }
}
