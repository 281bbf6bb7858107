import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import { erfc, erfcx, normalCdf, normalPdf } from '../../src/pricing/normal.ts';

// Computed with 40 digits (mpmath).
const ERFC: readonly (readonly [x: number, value: number])[] = [
  [-6, 2],
  [-3, 1.9999779095030015],
  [-1.5, 1.9661051464753108],
  [-0.46875, 1.492613473217938],
  [-0.25, 1.276326390168237],
  [0, 1],
  [1e-10, 0.999999999887162],
  [0.25, 0.7236736098317631],
  [0.46875, 0.507386526782062],
  [0.5, 0.4795001221869535],
  [1, 0.15729920705028513],
  [2, 0.004677734981047266],
  [3.9, 3.4792248597231765e-8],
  [4, 1.541725790028002e-8],
  [4.1, 6.700027654084918e-9],
  [6, 2.1519736712498913e-17],
  [10, 2.088487583762545e-45],
  [20, 5.395865611607901e-176],
  [26, 5.663192408856143e-296],
];
const ERFCX: readonly (readonly [x: number, value: number])[] = [
  [-5, 144009798674.66104],
  [-1, 5.008980080762283],
  [-0.25, 1.358642370104722],
  [0, 1],
  [0.25, 0.7703465477309968],
  [1, 0.427583576155807],
  [3.9, 0.14031418160068973],
  [4.1, 0.133834116418652],
  [10, 0.05614099274382259],
  [100, 0.005641613782989433],
  [1e6, 5.641895835474742e-7],
];
const CDF: readonly (readonly [x: number, value: number])[] = [
  [-37, 5.725571222524577e-300],
  [-10, 7.619853024160525e-24],
  [-5, 2.866515718791939e-7],
  [-1, 0.15865525393145705],
  [-0.1, 0.460172162722971],
  [0, 0.5],
  [0.5, 0.6914624612740131],
  [1.96, 0.9750021048517795],
  [5, 0.9999997133484281],
];

function assertClose(actual: number, expected: number, relative: number): void {
  assert.ok(
    Math.abs(actual - expected) <= relative * Math.abs(expected),
    `${actual} is not ${expected} within ${relative}`,
  );
}

describe('the normal distribution', () => {
  it('has the error function to machine precision', () => {
    for (const [x, value] of ERFC) assertClose(erfc(x), value, 1e-15);
    for (const [x, value] of ERFCX) assertClose(erfcx(x), value, 1e-15);
  });

  it('has the distribution function as exactly as its argument allows', () => {
    for (const [x, value] of CDF) assertClose(normalCdf(x), value, 1e-15 * (1 + x * x));
  });

  it('reaches its limits without NaN', () => {
    assert.equal(normalCdf(Number.POSITIVE_INFINITY), 1);
    assert.equal(normalCdf(Number.NEGATIVE_INFINITY), 0);
    assert.equal(normalPdf(Number.POSITIVE_INFINITY), 0);
    assert.equal(normalPdf(0), 0.3989422804014327);
  });

  it('is symmetric and never falls', () => {
    let last = 0;
    for (let x = -10; x <= 10; x += 1 / 64) {
      assertClose(normalCdf(x) + normalCdf(-x), 1, 3e-16);
      assert.ok(normalCdf(x) >= last);
      last = normalCdf(x);
    }
  });
});
