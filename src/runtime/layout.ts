/**
 * The layout of a record in shared memory, declared once: field names and their types. Writer and
 * reader get views generated from the one declaration, so that the two sides cannot disagree about
 * an offset. A record of doubles alone also fits a board, a journal, or any array of doubles, and
 * several of them can lie behind one another.
 */

import assert from 'node:assert/strict';

export type FieldType = 'f64' | 'i32' | 'u32';

/** Fields in their order; the wide ones first waste no space. */
export type Fields = Readonly<Record<string, FieldType>>;

/** A window on one record: reading and assigning a field goes straight to its memory. */
export type View<F extends Fields> = { -readonly [Name in keyof F]: number };

/** A view that can be moved over an array of records. */
export interface Cursor<F extends Fields> {
  readonly view: View<F>;
  /** Puts the view on the record that begins at this byte, a multiple of 8. */
  moveTo(byte: number): void;
}

export interface Layout<F extends Fields> {
  /** In their order. */
  readonly names: readonly (keyof F & string)[];
  /** Where each field lies, counted in elements of its own type from the start of its record. */
  readonly offsets: { readonly [Name in keyof F]: number };
  /** Of one record: a multiple of 8, so that doubles stay aligned in an array of records. */
  readonly bytes: number;
  cursor(buffer: SharedArrayBuffer): Cursor<F>;
}

/** A record of doubles alone. */
export interface DoublesLayout<F extends Fields> extends Layout<F> {
  /** How many: the length of a board that holds one record. */
  readonly doubles: number;
  /** A view on the record that begins at `start`; of the private copy of a board, for one. */
  over(record: Float64Array, start?: number): View<F>;
}

/** `{ bid: 'f64', ask: 'f64' }`, of the names alone. */
export type Doubles<Name extends string> = { readonly [N in Name]: 'f64' };

/** What a view looks at, and its first word of 8 and of 4 bytes; no field can have these names. */
const F64 = Symbol('f64');
const I32 = Symbol('i32');
const U32 = Symbol('u32');
const AT8 = Symbol('at8');
const AT4 = Symbol('at4');

interface Viewed {
  readonly [F64]: Float64Array;
  readonly [I32]: Int32Array;
  readonly [U32]: Uint32Array;
  [AT8]: number;
  [AT4]: number;
}

const BYTES: Readonly<Record<FieldType, number>> = { f64: 8, i32: 4, u32: 4 };
const NO_I32 = new Int32Array(0);
const NO_U32 = new Uint32Array(0);

/** Declares a record. Each field lies at the next offset that is a multiple of its size. */
export function defineLayout<const F extends Fields>(fields: F): Layout<F> {
  return layoutOf(fields).layout;
}

/** Declares a record of doubles by the names of its fields. */
export function defineDoubles<const Name extends string>(
  ...names: readonly Name[]
): DoublesLayout<Doubles<Name>> {
  // Every name is there, and nothing else.
  const fields = Object.fromEntries(names.map((name) => [name, 'f64'])) as Doubles<Name>;
  assert(Object.keys(fields).length === names.length, 'no two fields have one name');
  const { layout, createView } = layoutOf(fields);
  const doubles = names.length;
  return {
    ...layout,
    doubles,
    over(record, start = 0) {
      assert(start >= 0 && start + doubles <= record.length, 'a record lies there');
      return createView(record, NO_I32, NO_U32, start);
    },
  };
}

function layoutOf<F extends Fields>(fields: F) {
  const offsets: [name: string, index: number][] = [];
  const { RecordView, end } = viewClass(fields, offsets);
  const bytes = Math.ceil(end / 8) * 8;
  const createView = (f64: Float64Array, i32: Int32Array, u32: Uint32Array, at8: number): View<F> =>
    // `viewClass` has just defined the fields.
    new RecordView(f64, i32, u32, at8) as unknown as View<F>;
  const layout: Layout<F> = {
    names: Object.keys(fields),
    offsets: Object.fromEntries(offsets) as { readonly [Name in keyof F]: number },
    bytes,
    cursor(buffer) {
      const [f64, i32] = [new Float64Array(buffer), new Int32Array(buffer)];
      const view = createView(f64, i32, new Uint32Array(buffer), 0);
      const viewed = view as unknown as Viewed;
      return {
        view,
        moveTo(byte) {
          viewed[AT8] = byte >>> 3;
          viewed[AT4] = byte >>> 2;
        },
      };
    },
  };
  return { layout, createView };
}

// One class for all views of a layout: its accessors stay the same for every ring and board, and
// the compiler inlines them. (With accessors of each view's own, the fourth ring ran at a tenth.)
function viewClass(fields: Fields, offsets: [name: string, index: number][]) {
  class RecordView implements Viewed {
    readonly [F64]: Float64Array;
    readonly [I32]: Int32Array;
    readonly [U32]: Uint32Array;
    [AT8]: number;
    [AT4]: number;

    constructor(f64: Float64Array, i32: Int32Array, u32: Uint32Array, at8: number) {
      this[F64] = f64;
      this[I32] = i32;
      this[U32] = u32;
      this[AT8] = at8;
      this[AT4] = 2 * at8;
    }
  }
  let end = 0;
  for (const [name, type] of Object.entries(fields)) {
    const index = Math.ceil(end / BYTES[type]);
    offsets.push([name, index]);
    Object.defineProperty(RecordView.prototype, name, accessor(type, index));
    end = (index + 1) * BYTES[type];
  }
  assert(end > 0, 'a record has a field');
  return { RecordView, end };
}

function accessor(type: FieldType, index: number): PropertyDescriptor & ThisType<Viewed> {
  switch (type) {
    case 'f64':
      return {
        get() {
          return this[F64][this[AT8] + index];
        },
        set(value: number) {
          this[F64][this[AT8] + index] = value;
        },
      };
    case 'i32':
      return {
        get() {
          return this[I32][this[AT4] + index];
        },
        set(value: number) {
          this[I32][this[AT4] + index] = value;
        },
      };
    case 'u32':
      return {
        get() {
          return this[U32][this[AT4] + index];
        },
        set(value: number) {
          this[U32][this[AT4] + index] = value;
        },
      };
  }
}
