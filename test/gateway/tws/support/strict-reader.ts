/**
 * A second reader of the protocol, made from its tables and from nothing that the server is made
 * of: it walks over the bytes of a message, checks the kind of every field, and raises on a message
 * that is a field short or long. Clients are less strict; none is stricter.
 */

import { strict as assert } from 'node:assert';

const NUL = 0;
const INTEGER = /^-?\d+$/;
const NUMBER = /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/;
const PRINTABLE = /^[ -~]*$/;

/**
 * Kinds of fields: `i` integer, `d` number, `b` flag, `s` text, `I` and `D` may be empty, `$` is a
 * number that may be the largest double.
 */
type Kind = 'i' | 'I' | 'd' | 'D' | 'b' | 's' | '$';

class StrictReader {
  readonly #bytes: Buffer;
  #at = 0;
  #fields = 0;

  constructor(payload: Buffer) {
    this.#bytes = payload;
  }

  /** A run of fields by their kinds, such as `is d`; spaces are for the eye. */
  fields(kinds: string): void {
    for (const kind of kinds.replaceAll(/\s+/g, '')) this.#check(kind as Kind, this.text());
  }

  integer(): number {
    const field = this.text();
    this.#check('i', field);
    return Number(field);
  }

  text(): string {
    const end = this.#bytes.indexOf(NUL, this.#at);
    assert(end >= 0, `the message ends after ${this.#fields} fields`);
    const field = this.#bytes.toString('latin1', this.#at, end);
    this.#at = end + 1;
    this.#fields += 1;
    assert(PRINTABLE.test(field), `field ${this.#fields} is not ASCII`);
    return field;
  }

  /** A count, then as many groups. */
  groups(kinds: string): void {
    const count = this.integer();
    assert(count >= 0 && count < 100_000, `field ${this.#fields} is no count`);
    for (let index = 0; index < count; index += 1) this.fields(kinds);
  }

  end(): void {
    const left = this.#bytes.length - this.#at;
    assert.equal(left, 0, `${left} bytes are left behind ${this.#fields} fields`);
  }

  #check(kind: Kind, field: string): void {
    const about = `field ${this.#fields} "${field}" is no ${kind}`;
    if (kind === 's' || (field === '' && (kind === 'I' || kind === 'D'))) return;
    if (kind === 'b') assert(field === '0' || field === '1', about);
    else assert((kind === 'i' || kind === 'I' ? INTEGER : NUMBER).test(field), about);
    // The largest double is a value that is not set, and no price, size or Greek.
    const mayBeUnset = kind === '$' || kind === 'D';
    assert(mayBeUnset || Math.abs(Number(field)) < 1e300, about);
  }
}

type Layout = (reader: StrictReader, version: number) => void;

/** conId to trading class: eleven fields. */
const CONTRACT = 'i s s s d s s s s s s';

const flat =
  (kinds: string): Layout =>
  (reader) =>
    reader.fields(kinds);

/** By message id: what stands behind it. */
const LAYOUTS: ReadonlyMap<number, Layout> = new Map<number, Layout>([
  [1, flat('i i i d d i')],
  [2, flat('i i i d')],
  [3, flat('i s d d d i i d i s d')],
  [4, (reader, version) => reader.fields(version >= 166 ? 'i i i s s' : 'i i i s')],
  [5, openOrder],
  [6, flat('i s s s s')],
  [7, flat(`i ${CONTRACT} d $ $ $ $ $ s`)],
  [8, flat('i s')],
  [9, flat('i i')],
  [10, contractDetails],
  [11, execution],
  [15, flat('i s')],
  [17, bars],
  [21, flat('i i i d d d d d d d d')],
  [45, flat('i i i d')],
  [46, flat('i i i s')],
  [49, flat('i i')],
  [50, flat('i i i d d d d d d i')],
  [52, flat('i i')],
  [53, flat('i')],
  [54, flat('i s')],
  [55, flat('i i')],
  [57, flat('i i')],
  [58, flat('i i i')],
  [59, flat('i s d s $ $ I')],
  [61, flat(`i s ${CONTRACT} d $`)],
  [62, flat('i')],
  [63, flat('i i s s s s')],
  [64, flat('i i')],
  [71, flat(`i i s ${CONTRACT} d $ s`)],
  [72, flat('i i')],
  [73, flat('i i s s s s s')],
  [74, flat('i i')],
  [75, optionParameters],
  [76, flat('i')],
  [77, listOf('s s s')],
  [78, (reader) => reader.groups('s s')],
  [79, symbolSamples],
  [80, (reader) => reader.groups('s s s s I')],
  [81, flat('i d s i')],
  [82, listOf('i s s')],
  [85, (reader) => reader.groups('s s')],
  [88, flat('i s')],
  [90, flat('i i s d d d d d d')],
  [93, listOf('d d')],
  [94, flat('i $ $ $')],
  [95, flat('i d $ $ $ $')],
  [96, ticksOf('i i d d')],
  [97, ticksOf('i i d d d d')],
  [98, ticksOf('i i d d s s')],
  [99, tickByTick],
  [101, completedOrder],
  [102, flat('')],
  [106, schedule],
  [107, flat('i s')],
]);

/** The message ids that have a layout. */
export const STRICT_IDS: readonly number[] = [...LAYOUTS.keys()];

/** Reads one payload to its last byte, and gives the id of its message; raises where it cannot. */
export function readStrictly(payload: Buffer, version: number): number {
  const reader = new StrictReader(payload);
  const id = reader.integer();
  const layout = LAYOUTS.get(id);
  assert(layout !== undefined, `message ${id} has no layout`);
  try {
    layout(reader, version);
    reader.end();
  } catch (error) {
    const text = payload.toString('latin1').replaceAll('\0', '|');
    throw new Error(`message ${id} at ${version}: ${String(error)}\n${text}`);
  }
  return id;
}

/** A request id, then a list. */
function listOf(kinds: string): Layout {
  return (reader) => {
    reader.integer();
    reader.groups(kinds);
  };
}

/** The same with a flag at its end: whether that was all. */
function ticksOf(kinds: string): Layout {
  return (reader) => {
    listOf(kinds)(reader, 0);
    reader.fields('b');
  };
}

function bars(reader: StrictReader): void {
  reader.fields('i s s');
  reader.groups('s d d d d d d i');
}

function schedule(reader: StrictReader): void {
  reader.fields('i s s s');
  reader.groups('s s s');
}

function tickByTick(reader: StrictReader): void {
  reader.integer();
  const type = reader.integer();
  reader.integer();
  reader.fields(['', 'd d i s s', 'd d i s s', 'd d d d i', 'd'][type] ?? '');
}

function optionParameters(reader: StrictReader): void {
  reader.fields('i s i s s');
  reader.groups('s');
  reader.groups('d');
}

function symbolSamples(reader: StrictReader, version: number): void {
  reader.integer();
  const count = reader.integer();
  for (let index = 0; index < count; index += 1) {
    reader.fields('i s s s s');
    reader.groups('s');
    if (version >= 176) reader.fields('s s');
  }
}

function contractDetails(reader: StrictReader, version: number): void {
  if (version < 164) reader.fields('i');
  reader.fields('i s s s');
  if (version >= 182) reader.fields('s');
  // Strike to contract id, then the smallest price step.
  reader.fields('d s s s s s s i d');
  if (version < 164) reader.fields('i');
  reader.fields('s s s i i s s s s s s s s s s D');
  reader.groups('s s');
  reader.fields('I s s s s s');
  if (version === 163) reader.fields('d');
  if (version >= 164) reader.fields('d d d');
  if (version >= 186) reader.groups('s s');
}

function execution(reader: StrictReader, version: number): void {
  reader.fields(`i i ${CONTRACT} s s s s s d d i i i d d s s D s i`);
  if (version >= 178) reader.fields('b');
}

function openOrder(reader: StrictReader, version: number): void {
  reader.fields(`i ${CONTRACT}`);
  const type = orderTerms(reader);
  reader.fields('i i b b D s s');
  reader.fields(version < 177 ? 's s s s' : 's s s');
  reader.fields('s s s D s i s i i D D D D D I b b b I i b b D i i');
  volatility(reader, 'i s s s s b i s');
  reader.fields('D D D I');
  combination(reader);
  scaleAndHedge(reader);
  reader.fields('b');
  clearing(reader);
  reader.fields('b b s $ $ $ $ $ $ $ $ $ D D D s s b b');
  conditions(reader, type);
  reader.fields('s $ $ $ $ $ $ i s s s D b b b b');
  if (version >= 158) reader.fields('I');
  if (version >= 160) reader.fields('I');
  if (version >= 162) reader.fields('b');
  orderTail(reader, version);
  if (version >= 185) reader.fields('s');
  if (version >= 189) reader.fields('b');
  if (version >= 193) reader.fields('s I');
}

function completedOrder(reader: StrictReader, version: number): void {
  reader.fields(CONTRACT);
  const type = orderTerms(reader);
  reader.fields('i b b D s');
  reader.fields(version < 177 ? 's s s s' : 's s s');
  reader.fields('s s s D s i s i D D D D D I b b I i i');
  volatility(reader, 'i b i s');
  reader.fields('D D');
  combination(reader);
  scaleAndHedge(reader);
  clearing(reader);
  reader.fields('b s b b');
  conditions(reader, type);
  reader.fields('$ $ D b b s d i b s b b i s s');
  orderTail(reader, version);
}

/** Action to order reference; the type decides what else there is. */
function orderTerms(reader: StrictReader): string {
  reader.fields('s d');
  const type = reader.text();
  reader.fields('D D s s s s i s');
  return type;
}

function volatility(reader: StrictReader, hedgingOrder: string): void {
  reader.fields('D I');
  const hedge = reader.text();
  reader.fields('D');
  if (hedge !== '') reader.fields(hedgingOrder);
  reader.fields('b I');
}

function combination(reader: StrictReader): void {
  reader.text();
  reader.groups('i i s s i i s i');
  reader.groups('D');
  reader.groups('s s');
}

function scaleAndHedge(reader: StrictReader): void {
  reader.fields('I I');
  assert.equal(reader.text(), '', 'no order here is scaled');
  assert.equal(reader.text(), '', 'no order here is a hedge');
}

function clearing(reader: StrictReader): void {
  reader.fields('s s b');
  assert.equal(reader.text(), '0', 'no order here is delta neutral');
  if (reader.text() !== '') reader.groups('s s');
}

function conditions(reader: StrictReader, type: string): void {
  if (type === 'PEG BENCH') reader.fields('i b D D s');
  assert.equal(reader.integer(), 0, 'no order here has conditions');
}

function orderTail(reader: StrictReader, version: number): void {
  if (version >= 170) reader.fields('I I D $ $');
  if (version >= 183) reader.fields('s');
  if (version >= 184) reader.fields('b');
}
