import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'vitest';
import { fitSmile, SMILE_POINTS_MIN, type SmilePoint, smileAt } from '../../src/pricing/smile.ts';

const STRIKES = [420, 430, 440, 445, 450, 455, 460, 470, 480];

/** A skew like that of an index, in standard deviations about 450. */
function skew(strike: number): number {
  const x = Math.log(strike / 450) / 0.05;
  return 0.16 - 0.03 * x + 0.006 * x * x;
}

function pointsOf(change: (strike: number) => number = skew): SmilePoint[] {
  return STRIKES.map((strike) => ({ x: Math.log(strike), sigma: change(strike) }));
}

function at(points: readonly SmilePoint[], strike: number): number {
  const smile = fitSmile(points);
  assert(smile !== null);
  return smileAt(smile, Math.log(strike));
}

describe('a smile', () => {
  it('is what its quotes say where they agree', () => {
    for (const strike of STRIKES) {
      assert(Math.abs(at(pointsOf(), strike) - skew(strike)) < 1e-3, String(strike));
    }
  });

  it('is not moved by one bad quote, wherever it is and however bad', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...STRIKES),
        fc.oneof(
          fc.double({ min: 0.03, max: 3, noNaN: true }),
          fc.double({ min: -0.12, max: -0.03, noNaN: true }),
        ),
        (bad, error) => {
          const points = pointsOf((strike) => skew(strike) + (strike === bad ? error : 0));
          for (const strike of STRIKES) {
            // A strike at the end has no neighbour beyond it: what is flat there is all there is.
            const isEnd = strike === bad && (strike === STRIKES[0] || strike === STRIKES.at(-1));
            const off = Math.abs(at(points, strike) - skew(strike));
            assert(off < (isEnd ? 0.025 : 0.006), `${bad} ${error}: ${strike} is off by ${off}`);
          }
        },
      ),
    );
  });

  it('is not moved by noise more than by the noise itself', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: -0.003, max: 0.003, noNaN: true }), {
          minLength: STRIKES.length,
          maxLength: STRIKES.length,
        }),
        (noise) => {
          const points = pointsOf().map((point, index) => {
            return { ...point, sigma: point.sigma + (noise[index] ?? 0) };
          });
          for (const strike of STRIKES) {
            assert(Math.abs(at(points, strike) - skew(strike)) < 0.008, String(strike));
          }
        },
      ),
    );
  });

  it('says which quotes it did not believe', () => {
    const smile = fitSmile(pointsOf((strike) => skew(strike) + (strike === 480 ? 0.4 : 0)));
    assert.deepEqual(
      smile?.rejected.map(({ x }) => Math.round(Math.exp(x))),
      [480],
    );
  });

  it('is the same in any order of the strikes, whatever unit they are in', () => {
    const points = pointsOf();
    assert.equal(at([...points].reverse(), 447), at(points, 447));
    const moved = points.map(({ x, sigma }) => ({ x: 3 * x + 1, sigma }));
    const smile = fitSmile(moved);
    assert(smile !== null);
    assert(Math.abs(smileAt(smile, 3 * Math.log(447) + 1) - at(points, 447)) < 1e-9);
  });

  it('is flat beyond the outermost strikes', () => {
    assert.equal(at(pointsOf(), 300), at(pointsOf(), 420));
    assert.equal(at(pointsOf(), 600), at(pointsOf(), 480));
  });

  it('is none of too few strikes, or of strikes that are one', () => {
    assert.equal(fitSmile(pointsOf().slice(0, SMILE_POINTS_MIN - 1)), null);
    assert.equal(fitSmile(pointsOf().map(({ sigma }) => ({ x: 1, sigma }))), null);
  });
});
