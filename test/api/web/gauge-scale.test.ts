import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'vitest';

import { gaugeScale, labelledMarks } from '../../../src/api/web/view/book/gauge-scale.ts';

const BAND = { low: -10, high: 10, trigger_low: -25, trigger_high: 25 };

describe('the net delta gauge', () => {
  it('has zero in the middle and the threshold inside, however far net delta is', () => {
    const shares = fc.double({ min: -1e7, max: 1e7, noNaN: true });
    fc.assert(
      fc.property(shares, (netDelta) => {
        const { at } = gaugeScale(netDelta, BAND);
        assert.equal(at(0), 50);
        assert.ok(at(netDelta) > 0 && at(netDelta) < 100, `${at(netDelta)}`);
        assert.ok(at(25) > 50 && at(25) < 100);
        assert.ok(Math.abs(at(10) + at(-10) - 100) < 1e-9);
      }),
    );
  });

  it('keeps its scale while net delta moves inside the thresholds', () => {
    const reaches = [0, 3, -24, 30].map((netDelta) => gaugeScale(netDelta, BAND).reach);
    assert.equal(new Set(reaches).size, 1);
  });

  it('is drawn without a net delta, and with a band of nothing', () => {
    assert.ok(gaugeScale(null, BAND).reach > 25);
    const nothing = { low: 0, high: 0, trigger_low: null, trigger_high: null };
    assert.ok(gaugeScale(0, nothing).reach > 0);
  });

  it('leaves out the labels that would lie on another', () => {
    const marks = [0, -25, 25, -10, 10];
    assert.deepEqual(labelledMarks(gaugeScale(0, BAND), marks), marks);
    assert.deepEqual(labelledMarks(gaugeScale(-612, BAND), marks), [0]);
  });
});
