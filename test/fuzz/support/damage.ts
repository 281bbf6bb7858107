/** Ways in which bytes go wrong, drawn for property tests, and what may come of reading them. */

import assert from 'node:assert/strict';
import fc from 'fast-check';

import { Fault, type FaultCode } from '../../../src/fault.ts';

/** Many more in the long form. */
const TIMES = process.env['BIFROST_TEST_LONG'] === '1' ? 50 : 1;

export function runs(count: number): { readonly numRuns: number } {
  return { numRuns: count * TIMES };
}

export type Damage =
  | { readonly kind: 'flip'; readonly at: number; readonly mask: number }
  | { readonly kind: 'cut'; readonly at: number }
  | { readonly kind: 'lose' | 'double' | 'zero'; readonly at: number; readonly length: number }
  | { readonly kind: 'insert'; readonly at: number; readonly bytes: Uint8Array };

const at = fc.nat();
const length = fc.integer({ min: 1, max: 64 });

/** Places are taken modulo the length of what is damaged. */
export const damages: fc.Arbitrary<readonly Damage[]> = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant('flip'), at, mask: fc.integer({ min: 1, max: 255 }) }),
    fc.record({ kind: fc.constant('cut'), at }),
    fc.record({ kind: fc.constantFrom('lose', 'double', 'zero'), at, length }),
    fc.record({ kind: fc.constant('insert'), at, bytes: fc.uint8Array({ maxLength: 32 }) }),
  ) as fc.Arbitrary<Damage>,
  { minLength: 1, maxLength: 4 },
);

/** What is left of the bytes. */
export function damaged(bytes: Uint8Array, all: readonly Damage[]): Buffer {
  let left = Buffer.from(bytes);
  for (const damage of all) left = Buffer.from(damagedOnce(left, damage));
  return left;
}

function damagedOnce(bytes: Buffer, damage: Damage): Uint8Array {
  const from = bytes.length === 0 ? 0 : damage.at % bytes.length;
  switch (damage.kind) {
    case 'flip': {
      const changed = Buffer.from(bytes);
      if (changed.length > 0) changed[from] = (changed[from] ?? 0) ^ damage.mask;
      return changed;
    }
    case 'cut':
      return bytes.subarray(0, from);
    case 'insert':
      return Buffer.concat([bytes.subarray(0, from), damage.bytes, bytes.subarray(from)]);
    case 'lose':
      return Buffer.concat([bytes.subarray(0, from), bytes.subarray(from + damage.length)]);
    case 'double': {
      const twice = bytes.subarray(from, from + damage.length);
      return Buffer.concat([bytes.subarray(0, from), twice, bytes.subarray(from)]);
    }
    case 'zero': {
      const changed = Buffer.from(bytes);
      return changed.fill(0, from, Math.min(changed.length, from + damage.length));
    }
  }
}

/** The work ends well, or in a fault of one of these codes that says what happened. */
export async function endsIn(
  codes: readonly FaultCode[],
  work: () => unknown | Promise<unknown>,
): Promise<'well' | FaultCode> {
  try {
    await work();
    return 'well';
  } catch (thrown) {
    if (!(thrown instanceof Fault)) throw thrown;
    assert.ok(codes.includes(thrown.code), `${thrown.code} is none of ${codes.join()}`);
    assert.ok(thrown.message.length > 10, `it says ${JSON.stringify(thrown.message)}`);
    return thrown.code;
  }
}
