/**
 * Reads the fields of one client message, from the front to the back. Clients write "not set" as
 * nothing, 0, 0.0, the largest 32-bit integer or the largest double; which of these mean absence
 * depends on the field, so each kind of field has a method of its own.
 */

/** A field that is missing or is not what its place demands. Costs its client one error. */
export class MalformedField extends Error {}

const INTEGER_UNSET = 2147483647;
/** A little below the largest double: clients print it with 16 or 17 digits, rounded down too. */
const DOUBLE_UNSET_FROM = 1.79769313486e308;
/** A list longer than this is not one: BAG legs, algorithm parameters, conditions. */
const LIST_LENGTH_MAX = 1000;

export class FieldReader {
  readonly #fields: readonly string[];
  #at = 0;

  constructor(fields: readonly string[]) {
    this.#fields = fields;
  }

  text(): string {
    const field = this.#fields[this.#at];
    if (field === undefined) throw new MalformedField(`ends after ${this.#at} fields`);
    this.#at += 1;
    return field;
  }

  /** A field that older clients leave out; empty at the end of the message. */
  optionalText(): string {
    return this.#at < this.#fields.length ? this.text() : '';
  }

  /** An id or a code: without it the message means nothing. */
  id(): number {
    const value = this.#number();
    if (!Number.isInteger(value) || Math.abs(value) >= INTEGER_UNSET) {
      throw new MalformedField(`field ${this.#at} is not an id`);
    }
    return value;
  }

  /** An integer where all spellings of "not set" mean 0, such as a contract id. */
  integer(): number {
    const value = this.decimal();
    if (value === null || value === INTEGER_UNSET) return 0;
    if (!Number.isSafeInteger(value)) throw new MalformedField(`field ${this.#at} is no integer`);
    return value;
  }

  /** A number, or null where it is not set. Zero is a number here. */
  decimal(): number | null {
    const field = this.text().trim();
    if (field === '' || field === 'Infinity') return null;
    this.#at -= 1;
    const value = this.#number();
    return Math.abs(value) >= DOUBLE_UNSET_FROM ? null : value;
  }

  flag(): boolean {
    const field = this.text().trim().toLowerCase();
    if (field === '' || field === '0' || field === 'false') return false;
    if (field === '1' || field === 'true') return true;
    // Some clients write 2147483647 for a flag nobody set.
    if (field === '2147483647') return false;
    throw new MalformedField(`field ${this.#at} is not a flag`);
  }

  /** The length of a list that follows. */
  count(): number {
    const value = this.integer();
    if (value < 0 || value > LIST_LENGTH_MAX) {
      throw new MalformedField(`field ${this.#at} is not a count`);
    }
    return value;
  }

  skip(count: number): void {
    for (let index = 0; index < count; index += 1) this.text();
  }

  #number(): number {
    const field = this.text().trim();
    // `Number` also takes '', '0x1f' and 'Infinity', which are no numbers on this wire.
    if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(field)) {
      throw new MalformedField(`field ${this.#at} is not a number`);
    }
    return Number(field);
  }
}
