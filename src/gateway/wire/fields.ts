/**
 * Reads the fields of one message from the gateway, from the front to the back. Numbers are read as
 * the client library reads them (what begins as a number is one), because the two decoders stand in
 * for each other; a message that ends too early is an underrun, and nothing of it is told.
 */

/** An event as a listener gets it. */
export interface WireEvent {
  readonly name: string;
  readonly args: readonly unknown[];
}

/** A message that is shorter than its layout. */
export class Underrun extends Error {}

const INTEGER_UNSET = 2147483647;
const HEXADECIMAL = /^\s*[+-]?0x/i;

export class Fields {
  readonly #fields: readonly string[];
  #at: number;

  /** From field `at` on; field 0 is the message's number. */
  constructor(fields: readonly string[], at: number) {
    this.#fields = fields;
    this.#at = at;
  }

  /** Fields that nobody has read. */
  get left(): number {
    return this.#fields.length - this.#at;
  }

  text(): string {
    const field = this.#fields[this.#at];
    if (field === undefined) throw new Underrun(`ends after ${this.#at} fields`);
    this.#at += 1;
    return field;
  }

  skip(count: number): void {
    if (count > this.left) throw new Underrun(`ends after ${this.#fields.length} fields`);
    this.#at += count;
  }

  /** Nothing is 0; what is no number is NaN. */
  integer(): number {
    const field = this.text();
    return field === '' ? 0 : Number.parseInt(field, 10);
  }

  /** Nothing is 0; the largest double is none. */
  double(): number | undefined {
    const field = this.text();
    return field === '' ? 0 : set(Number.parseFloat(field));
  }

  /** Nothing is none, and so is the largest double. */
  doubleOrNone(): number | undefined {
    const field = this.text();
    return field === '' ? undefined : set(Number.parseFloat(field));
  }

  /** A size: thousands may be told apart by commas. */
  decimal(): number | undefined {
    const field = this.text();
    if (field === '') return undefined;
    const value = Number.parseFloat(field.replaceAll(',', ''));
    return value === Number.POSITIVE_INFINITY ? undefined : set(value);
  }

  integerOrNone(): number | undefined {
    const field = this.text();
    if (field === '') return undefined;
    const value = Number.parseInt(field, 10);
    return value === INTEGER_UNSET ? undefined : value;
  }

  /** Anything that begins as a number other than 0; the library reads hexadecimal ones too. */
  flag(): boolean {
    const field = this.text();
    const value = Number.parseInt(field, HEXADECIMAL.test(field) ? 16 : 10);
    return !Number.isNaN(value) && value !== 0;
  }
}

function set(value: number): number | undefined {
  return value === Number.MAX_VALUE ? undefined : value;
}

/** Undoes `\uXXXX`, as which the gateway writes what is not ASCII. */
export function plainText(text: string): string {
  let plain = text;
  for (let at = plain.indexOf(ESCAPE); at !== -1; at = plain.indexOf(ESCAPE)) {
    if (plain.length - at < ESCAPED_LENGTH) break;
    const code = Number.parseInt(plain.slice(at + ESCAPE.length, at + ESCAPED_LENGTH), 16);
    plain = plain.slice(0, at) + String.fromCharCode(code) + plain.slice(at + ESCAPED_LENGTH);
  }
  return plain;
}

const ESCAPE = '\\u';
const ESCAPED_LENGTH = 6;
