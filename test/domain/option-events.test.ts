import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'vitest';
import { explainDeliveries, type OptionShift } from '../../src/domain/option-events.ts';
import { optionContract } from '../support/book.ts';

const call = optionContract({ conId: 1, right: 'C', strike: 450 });
const put = optionContract({ conId: 2, right: 'P', strike: 440 });

const told = (shifts: readonly OptionShift[], shares: number) =>
  explainDeliveries(shifts, shares)?.map(({ kind, contract, shares: n }) => [
    kind,
    contract.conId,
    n,
  ]) ?? null;

describe('contracts that went, and shares that came', () => {
  it('are exercise of what was held and assignment of what was written', () => {
    assert.deepEqual(told([{ contract: call, change: -2 }], 200), [['exercise', 1, 200]]);
    assert.deepEqual(told([{ contract: call, change: 2 }], -200), [['assignment', 1, -200]]);
    assert.deepEqual(told([{ contract: put, change: -1 }], -100), [['exercise', 2, -100]]);
    assert.deepEqual(told([{ contract: put, change: 1 }], 100), [['assignment', 2, 100]]);
  });

  it('are an expiry where no shares came', () => {
    assert.deepEqual(told([{ contract: call, change: -2 }], 0), []);
  });

  it('are told apart where one leg delivered and the other expired', () => {
    const straddle = [
      { contract: call, change: -1 },
      { contract: put, change: -1 },
    ];
    assert.deepEqual(told(straddle, 100), [['exercise', 1, 100]]);
    assert.deepEqual(told(straddle, -100), [['exercise', 2, -100]]);
  });

  it('may be a part of one position', () => {
    assert.deepEqual(told([{ contract: call, change: 10 }], -300), [['assignment', 1, -300]]);
  });

  it('fit together exactly, or not at all', () => {
    assert.equal(told([{ contract: call, change: -1 }], 150), null);
    assert.equal(told([{ contract: call, change: -1 }], -100), null);
    assert.equal(told([], 100), null);
    assert.equal(told([{ contract: call, change: -1 }], 200), null);
  });

  it('are found again whatever was chosen', () => {
    const shift = fc.record({
      right: fc.constantFrom('C' as const, 'P' as const),
      change: fc.integer({ min: -20, max: 20 }).filter((n) => n !== 0),
      delivers: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(shift, { maxLength: 8 }), (drawn) => {
        const shifts = drawn.map(({ right, change }, index) => ({
          contract: optionContract({ conId: index, right }),
          change,
        }));
        const shares = drawn.reduce((sum, { right, change, delivers }) => {
          return sum + (delivers ? (right === 'C' ? -1 : 1) * change * 100 : 0);
        }, 0);
        const found = explainDeliveries(shifts, shares);
        assert.ok(found !== null);
        assert.equal(
          found.reduce((sum, one) => sum + one.shares, 0),
          shares,
        );
      }),
    );
  });
});
