import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import { fixedBand, sharesToTarget } from '../../src/domain/policy.ts';
import { countRecent, rateOpensAt } from '../../src/domain/rate.ts';
import { clipHedge, reducesRisk } from '../../src/domain/sizing.ts';
import { classifyDelta, classifySpread, executionClass } from '../../src/domain/state-space.ts';
import { bookSettings } from '../support/book.ts';

const LIMITS = { minShares: 10, maxSharesPerOrder: 500, maxPosition: 2000, maxNotional: null };

describe('the size of a hedge', () => {
  it('is cut at the order, the position and the notional', () => {
    assert.equal(clipHedge(-700, 0, 700, 450, LIMITS).quantity, -500);
    assert.equal(clipHedge(300, 1900, -300, 450, LIMITS).quantity, 100);
    assert.equal(clipHedge(-300, -1900, 300, 450, LIMITS).quantity, -100);
    assert.equal(clipHedge(112, 0, -112, 450, { ...LIMITS, maxNotional: 10_000 }).quantity, 22);
    assert.equal(clipHedge(0, 0, 0, 450, LIMITS).quantity, 0);
  });

  it('blocks when less than the smallest order is left', () => {
    assert.equal(clipHedge(300, 1990, -300, 450, LIMITS).positionBlocks, false);
    assert.equal(clipHedge(300, 1991, -300, 450, LIMITS).positionBlocks, true);
    assert.equal(clipHedge(300, 2100, -300, 450, LIMITS).quantity, 0);
  });

  it('is not cut for what reduces shares and net delta', () => {
    const small = { ...LIMITS, maxPosition: 10, maxNotional: 1 };
    assert.equal(clipHedge(-300, 900, 300, 450, small).quantity, -300);
    assert.ok(reducesRisk(900, 300, -300));
    assert.ok(!reducesRisk(100, 300, -300), 'it would turn the position around');
    assert.ok(!reducesRisk(900, Number.NaN, -300));
  });
});

describe('an order rate', () => {
  it('counts the last minute and says when there is room again', () => {
    const times = [0, 1000, 2000, 50_000];
    assert.equal(countRecent(times, 60_000), 3);
    assert.equal(rateOpensAt(times, 4, 60_000), Number.NEGATIVE_INFINITY);
    assert.equal(rateOpensAt(times, 3, 60_000), 61_000);
    assert.equal(rateOpensAt(times, 1, 60_000), 110_000);
    assert.equal(rateOpensAt([], 0, 60_000), Number.POSITIVE_INFINITY);
  });
});

describe('the band', () => {
  const settings = bookSettings();
  const band = fixedBand(settings);

  it('classifies net delta at its edges, the forced limit first', () => {
    const d = (netDelta: number): string => classifyDelta(netDelta, band, 500);
    assert.deepEqual(
      [0, 10, -10, 10.01, 24.99, -24.99, 25, -25, 499.99, 500, -500, Number.NaN].map(d),
      ['D0', 'D0', 'D0', 'D1', 'D1', 'D1', 'D2', 'D2', 'D2', 'D3', 'D3', 'D4'],
    );
    const wide = { ...band, low: -900, high: 900 };
    assert.equal(classifyDelta(600, wide, 500), 'D3');
  });

  it('is traded to its centre or its nearest edge', () => {
    assert.equal(sharesToTarget(30.4, band), -30);
    assert.ok(Object.is(sharesToTarget(-0.3, band), 0));
    const edge = fixedBand(bookSettings({ hedging: { trade_to: 'edge' } }));
    assert.equal(sharesToTarget(30.4, edge), -20);
    assert.equal(sharesToTarget(-30.4, edge), 20);
    assert.equal(sharesToTarget(9, edge), 0);
  });
});

it('classifies the spread at its edges', () => {
  const l = (pct: number): string => classifySpread(pct, 0.1, 0.5);
  assert.deepEqual([0, 0.09, 0.1, 0.49, 0.5, Number.NaN].map(l), [
    'L0',
    'L0',
    'L1',
    'L1',
    'L2',
    'L3',
  ]);
});

it('classifies every state of the hedge machine', () => {
  const states = ['EXEC_IDLE', 'FILLED', 'PLAN', 'SEND', 'WAIT_ACK', 'WORKING', 'REPRICE'];
  const rest = ['CANCEL', 'RECOVER', 'PARTIAL', 'FAIL'];
  assert.equal(
    [...states, ...rest].map(executionClass).join(' '),
    'E0 E0 E1 E1 E1 E1 E1 E1 E1 E2 E4',
  );
});
