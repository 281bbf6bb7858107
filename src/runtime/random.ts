/**
 * Seeded random numbers: every run is a function of its seed. Streams are split by name, so that
 * one more draw in one part does not shift the numbers of another.
 */

import assert from 'node:assert/strict';

export interface Random {
  /** Uniform in [0, 1). */
  next(): number;
  /** Uniform integer in [0, below). */
  integer(below: number): number;
  /** Standard normal. */
  normal(): number;
  /** An independent stream, the same for the same name and seed. */
  split(name: string): Random;
}

/** Rounds that mix a fresh state, as PractRand's author runs sfc32 before its first output. */
const WARM_UP_ROUNDS = 15;
const DRAWS_MAX = 10_000;

/**
 * A stream of sfc32 (Chris Doty-Humphrey's "small fast counter" generator, from PractRand: 128 bits
 * of state, passes its tests, period at least 2^32). The seed is spread by a 128-bit hash.
 */
export function createRandom(seed: number | string): Random {
  const origin = String(seed);
  const next32 = sfc32(origin);
  let spare = Number.NaN;

  // 53 bits: 27 high bits of one output over 26 of the next, as a double's mantissa holds.
  const next = (): number => ((next32() >>> 5) * 2 ** 26 + (next32() >>> 6)) / 2 ** 53;

  const integer = (below: number): number => {
    assert(Number.isSafeInteger(below) && below > 0, 'an integer is drawn below a positive one');
    return Math.floor(next() * below);
  };

  // Marsaglia's polar method: a point in the unit disc gives two normals; 1.27 draws on average.
  const normal = (): number => {
    if (!Number.isNaN(spare)) {
      const held = spare;
      spare = Number.NaN;
      return held;
    }
    for (let draw = 0; draw < DRAWS_MAX; draw += 1) {
      const x = 2 * next() - 1;
      const y = 2 * next() - 1;
      const square = x * x + y * y;
      if (square >= 1 || square === 0) continue;
      const factor = Math.sqrt((-2 * Math.log(square)) / square);
      spare = y * factor;
      return x * factor;
    }
    assert.fail('a uniform stream finds the unit disc');
  };

  // The separator cannot be typed in a name, so that no two paths of names spell the same seed.
  const split = (name: string): Random => createRandom(`${origin}\u0000${name}`);
  return { next, integer, normal, split };
}

function sfc32(seed: string): () => number {
  let [a, b, c, d] = hash128(seed);
  const next = (): number => {
    const sum = (((a + b) | 0) + d) | 0;
    d = (d + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return sum >>> 0;
  };
  for (let round = 0; round < WARM_UP_ROUNDS; round += 1) next();
  return next;
}

/** cyrb128, a public-domain string hash by bryc: four lanes of MurmurHash3's multiply and mix. */
function hash128(text: string): [number, number, number, number] {
  let h1 = 1779033703;
  let h2 = 3144134277;
  let h3 = 1013904242;
  let h4 = 2773480762;
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    h1 = h2 ^ Math.imul(h1 ^ unit, 597399067);
    h2 = h3 ^ Math.imul(h2 ^ unit, 2869860233);
    h3 = h4 ^ Math.imul(h3 ^ unit, 951274213);
    h4 = h1 ^ Math.imul(h4 ^ unit, 2716044179);
  }
  h1 = Math.imul(h3 ^ (h1 >>> 18), 597399067);
  h2 = Math.imul(h4 ^ (h2 >>> 22), 2869860233);
  h3 = Math.imul(h1 ^ (h3 >>> 17), 951274213);
  h4 = Math.imul(h2 ^ (h4 >>> 19), 2716044179);
  return [h1 ^ h2 ^ h3 ^ h4, h2 ^ h1, h3 ^ h1, h4 ^ h1];
}
