/**
 * The ticks of one change of one instrument, as bytes. Thousands of lines may want the same change,
 * each under its own ticker id: the bytes are made once for each length that an id has, and a line
 * costs a copy of them with its id written into the gaps.
 */

import { strict as assert } from 'node:assert';
import type { Tick } from './encode-ticks.ts';
import { encodeFrame, fieldText } from './framing.ts';

/** Frames with gaps where the ticker id belongs. */
export interface TickTemplate {
  readonly bytes: Buffer;
  /** Where the gaps begin. */
  readonly gaps: readonly number[];
}

/** Characters of the longest id, with a sign. */
const ID_LENGTH_MAX = 11;
const LENGTH_BYTES = 4;

export class TickBlock {
  readonly #ticks: readonly Tick[];
  readonly #templates: (TickTemplate | undefined)[] = [];

  constructor(ticks: readonly Tick[]) {
    this.#ticks = ticks;
  }

  get isEmpty(): boolean {
    return this.#ticks.length === 0;
  }

  /** For ids that are so many characters long. */
  template(idLength: number): TickTemplate {
    assert(idLength > 0 && idLength <= ID_LENGTH_MAX);
    const known = this.#templates[idLength];
    if (known !== undefined) return known;
    const made = this.#make('0'.repeat(idLength));
    this.#templates[idLength] = made;
    return made;
  }

  #make(placeholder: string): TickTemplate {
    const frames: Buffer[] = [];
    const gaps: number[] = [];
    let at = 0;
    for (const { before, after } of this.#ticks) {
      const frame = encodeFrame([...before, placeholder, ...after]);
      // The fields in front of the id are numbers: a character is a byte.
      const head = before.reduce((total: number, field) => total + fieldText(field).length + 1, 0);
      gaps.push(at + LENGTH_BYTES + head);
      frames.push(frame);
      at += frame.length;
    }
    return { bytes: Buffer.concat(frames, at), gaps };
  }
}
