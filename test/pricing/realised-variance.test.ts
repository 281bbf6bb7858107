import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import { priceEuropean } from '../../src/pricing/black-scholes.ts';
import {
  bipowerVariation,
  jumpStatistic,
  jumpVariance,
  kernelBandwidth,
  medRv,
  minRv,
  realisedKernel,
  realisedVariance,
  stripVariance,
  subsampledVariance,
  twoScaleVariance,
} from '../../src/pricing/realised-variance.ts';
import { createNormal } from './normal-draws.ts';

const RETURNS = [0.01, -0.02, 0.005, 0.03, -0.01, 0.002];
const LOGS = [0];
for (const r of RETURNS) LOGS.push((LOGS.at(-1) ?? 0) + r);

function assertNear(actual: number, expected: number, tolerance: number): void {
  assert.ok(Math.abs(actual - expected) <= tolerance, `${actual} is not ${expected}`);
}

describe('realised variance', () => {
  // Computed apart from this program, with NumPy.
  const computed = [
    ['the sum of squares', realisedVariance(RETURNS), 0.001529],
    ['of sub-sampled grids', subsampledVariance(LOGS, 2), 0.00116325],
    ['bipower', bipowerVariation(RETURNS), 0.0014514158059584846],
    ['the statistic of jumps', jumpStatistic(RETURNS), 0.1592703643573602],
    ['by minima', minRv(RETURNS), 0.0008387908224558765],
    ['by medians', medRv(RETURNS), 0.0014903262171235632],
    ['by the Parzen kernel', realisedKernel(RETURNS, 2), 0.000926777777777778],
    ['of two time scales', twoScaleVariance(LOGS, 2), 0.0006341428571428563],
  ] as const;
  for (const [name, actual, expected] of computed) {
    it(`has the value computed independently: ${name}`, () => {
      assertNear(actual, expected, 1e-14 * expected * 10);
    });
  }

  it('is found by all of them in a walk, and its jump by those that see jumps', () => {
    const normal = createNormal(11);
    const n = 20_000;
    const returns = Array.from({ length: n }, () => (0.01 / Math.sqrt(n)) * normal());
    const truth = 1e-4;
    for (const estimate of [realisedVariance, bipowerVariation, minRv, medRv]) {
      assertNear(estimate(returns), truth, 0.05 * truth);
    }
    const jumped = returns.with(n / 2, 0.02);
    assertNear(realisedVariance(jumped), truth + 4e-4, 0.05 * truth);
    for (const estimate of [minRv, medRv]) assertNear(estimate(jumped), truth, 0.06 * truth);
    assertNear(jumpVariance(jumped), 4e-4, 0.1 * truth);
    assert.ok(jumpVariance(returns) < 0.05 * truth);
    assert.ok(jumpStatistic(jumped) > 20);
  });

  it('is told apart from jumps by a statistic that is normal where there are none', () => {
    const normal = createNormal(17);
    const looks = 2000;
    let beyond = 0;
    for (let look = 0; look < looks; look += 1) {
      const returns = Array.from({ length: 60 }, () => 0.001 * normal());
      if (jumpStatistic(returns) > 1.645) beyond += 1;
    }
    // One in twenty, and a little more in samples as small as a window.
    assert.ok(beyond / looks > 0.03 && beyond / looks < 0.09, `${beyond / looks}`);
    assert.ok(Number.isNaN(jumpStatistic([0.1, 0.2])));
    assert.ok(jumpStatistic([0, 0, 0.01, 0, 0, 0]) > 3);
  });

  it('survives the noise of quotes where it is made for that', () => {
    const normal = createNormal(13);
    const n = 20_000;
    const logs = [0];
    for (let i = 0; i < n; i += 1) logs.push((logs.at(-1) ?? 0) + (0.01 / Math.sqrt(n)) * normal());
    const noise = 2e-4;
    const noisy = logs.map((log) => log + noise * normal());
    const returns = noisy.slice(1).map((log, index) => log - (noisy[index] ?? 0));
    const truth = 1e-4;
    assert.ok(realisedVariance(returns) > 10 * truth);
    assertNear(twoScaleVariance(noisy, 200), truth, 0.25 * truth);
    const bandwidth = kernelBandwidth(noise / 0.01, n);
    assert.ok(bandwidth > 20 && bandwidth < 100, String(bandwidth));
    assertNear(realisedKernel(returns, bandwidth), truth, 0.25 * truth);
  });

  it('is NaN where there are too few returns', () => {
    for (const value of [
      realisedVariance([]),
      bipowerVariation([0.01]),
      minRv([0.01]),
      medRv([0.01, 0.02]),
      realisedKernel([0.01], 1),
      twoScaleVariance([0, 0.01], 2),
      stripVariance([], { forward: 100, years: 1, rate: 0 }),
    ]) {
      assert.ok(Number.isNaN(value));
    }
  });

  it('implied by a strip at one volatility is its square', () => {
    const market = { spot: 100, years: 30 / 365, rate: 0.03, dividendYield: 0.03, sigma: 0.2 };
    const strip = Array.from({ length: 241 }, (_, index) => 70 + index / 4).map((strike) => {
      const price = (right: 'C' | 'P') => {
        const priced = priceEuropean({ ...market, right, strike });
        assert(priced.kind === 'priced');
        return priced.price;
      };
      const at = (price('C') + price('P')) / 2;
      return { strike, mid: strike === 100 ? at : price(strike > 100 ? 'C' : 'P') };
    });
    const variance = stripVariance(strip, { forward: 100, years: 30 / 365, rate: 0.03 });
    assertNear(Math.sqrt(variance), 0.2, 2e-4);
  });
});
