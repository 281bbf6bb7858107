import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import { epochOf } from '../../src/domain/calendar.ts';
import { REGIME, RegimeWindow } from '../../src/domain/regime.ts';

const NONE = Number.NaN;
const OPEN = epochOf('20230803', '10:00');
const SECOND = 1000;
const YEAR_S = 252 * 6.5 * 3600;

/** Log return of one second at an annual volatility. */
const step = (vol: number): number => vol * Math.sqrt(1 / YEAR_S);

/** Feeds a mid each second whose log moves by `move(i)`; returns the window. */
function feed(seconds: number, move: (index: number) => number, reference = 0.2): RegimeWindow {
  const window = new RegimeWindow(5);
  let log = Math.log(450);
  for (let index = 0; index <= seconds; index += 1) {
    log += index === 0 ? 0 : move(index);
    window.update(OPEN + index * SECOND, Math.exp(log), NONE, reference);
  }
  return window;
}

/** Up, up, down, down, …: on a grid of five seconds it still moves at every sample. */
const chop = (vol: number) => (index: number) =>
  (Math.floor(index / 5) % 2 === 0 ? 1 : -1) * step(vol) * Math.sqrt(1 / 5);

describe('the market regime', () => {
  it('measures the volatility of a path of known volatility', () => {
    const window = feed(600, chop(0.2));
    // Five equal moves in one sample add up, so a sample is 5/√5 times a second's deviation.
    assert.ok(Math.abs(window.realizedVol() - 0.2) < 0.01, String(window.realizedVol()));
  });

  it('knows no volatility before half the window is there', () => {
    assert.ok(Number.isNaN(feed(149, chop(0.2)).realizedVol()));
    assert.ok(Number.isFinite(feed(155, chop(0.2)).realizedVol()));
    assert.equal(feed(100, chop(0.01)).classify(0.2), REGIME.normal);
  });

  it('is quiet below half of the implied volatility', () => {
    assert.equal(feed(600, chop(0.09)).classify(0.2), REGIME.quiet);
    assert.equal(feed(600, chop(0.11)).classify(0.2), REGIME.normal);
    assert.equal(feed(600, () => 0).classify(0.2), REGIME.quiet);
  });

  it('is choppy above one and a half times the implied volatility, without direction', () => {
    assert.equal(feed(600, chop(0.29)).classify(0.2), REGIME.normal);
    assert.equal(feed(600, chop(0.31)).classify(0.2), REGIME.choppy);
  });

  it('is a trend when the net move is twice what a walk makes', () => {
    const rising = feed(600, () => step(0.2) * Math.sqrt(1 / 5));
    assert.ok(rising.trend() > 7);
    assert.equal(rising.classify(0.2), REGIME.trend);
    const falling = feed(600, () => -step(0.2) * Math.sqrt(1 / 5));
    assert.ok(falling.trend() < -7);
    assert.equal(falling.classify(0.2), REGIME.trend);
    assert.ok(Math.abs(feed(600, chop(0.2)).trend()) < 2);
  });

  it('is a gap while a jump is inside the window, and no longer', () => {
    const window = new RegimeWindow(5);
    const at = (second: number, mid: number) =>
      window.update(OPEN + second * SECOND, mid, NONE, 0.2);
    at(0, 450);
    at(1, 450.01);
    assert.equal(window.classify(0.2), REGIME.normal);
    at(2, 455);
    assert.equal(window.classify(0.2), REGIME.gap);
    at(302, 455);
    assert.equal(window.classify(0.2), REGIME.gap);
    at(303, 455);
    assert.notEqual(window.classify(0.2), REGIME.gap);
  });

  it('takes a move for a jump only beyond half a percent and five deviations', () => {
    const moved = (fraction: number, seconds: number, reference: number): number => {
      const window = new RegimeWindow(5);
      window.update(OPEN, 100, NONE, reference);
      window.update(OPEN + seconds * SECOND, 100 * Math.exp(fraction), NONE, reference);
      return window.classify(reference);
    };
    assert.equal(moved(0.0049, 1, 0.1), REGIME.normal);
    assert.equal(moved(0.0051, 1, 0.1), REGIME.gap);
    // A minute at 60 % volatility: five deviations are 0.96 %.
    assert.equal(moved(0.009, 60, 0.6), REGIME.normal);
    assert.equal(moved(0.01, 60, 0.6), REGIME.gap);
    assert.equal(moved(0.0051, 60, NONE), REGIME.gap);
  });

  it('opens with a gap when the first mid is far from the close', () => {
    const opened = (mid: number, close: number): number => {
      const window = new RegimeWindow(5);
      window.update(OPEN, mid, close, 0.2);
      return window.classify(0.2);
    };
    assert.equal(opened(450, 446), REGIME.normal);
    assert.equal(opened(450, 445), REGIME.gap);
    assert.equal(opened(440, 445), REGIME.gap);
    assert.equal(opened(450, NONE), REGIME.normal);
  });

  it('measures the next day against the close, not against the evening before', () => {
    const window = new RegimeWindow(5);
    window.update(epochOf('20230803', '15:59'), 450, 448, 0.2);
    window.update(epochOf('20230804', '09:30'), 456, 455, 0.2);
    assert.equal(window.classify(0.2), REGIME.normal);
    assert.ok(Number.isNaN(window.realizedVol()));
  });

  it('forgets what is older than the window', () => {
    const window = new RegimeWindow(5);
    for (let second = 0; second <= 1200; second += 1) {
      const wild = second < 600 ? 0.002 * (Math.floor(second / 5) % 2) : 0;
      window.update(OPEN + second * SECOND, 450 * (1 + wild), NONE, 0.2);
    }
    assert.equal(window.realizedVol(), 0);
  });

  it('works on minute bars', () => {
    const window = new RegimeWindow(5);
    for (let minute = 0; minute <= 60; minute += 1) {
      const mid = 450 * Math.exp((minute % 2) * 0.2 * Math.sqrt(60 / YEAR_S));
      window.update(OPEN + minute * 60 * SECOND, mid, NONE, 0.2);
    }
    assert.ok(Math.abs(window.realizedVol() - 0.2) < 1e-9);
    assert.equal(window.classify(0.2), REGIME.normal);
  });

  it('ignores what is no mid and what is older than the last', () => {
    const window = feed(600, chop(0.2));
    const before = window.realizedVol();
    window.update(OPEN + 601 * SECOND, NONE, NONE, 0.2);
    window.update(OPEN + 601 * SECOND, 0, NONE, 0.2);
    window.update(OPEN, 900, NONE, 0.2);
    assert.equal(window.realizedVol(), before);
  });
});
