import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import { whyInChinese } from '../../src/api/web/text/sentences.ts';
import { LOST, watching } from '../actors/support/hedged-book.ts';
import { SECOND } from '../support/book.ts';
import type { World } from '../support/world.ts';

const lampOf = (world: World) => {
  const { status_lamp: lamp, block_reasons: reasons } = world.status();
  return [world.book.trading, lamp, ...reasons];
};

describe('the sentence of a book', () => {
  it('announces no trade while the cause of SAFE is gone for a moment only', () => {
    const world = watching();
    world.report(LOST);
    world.evaluate();
    world.control({ command: 'retry_ib' });
    world.sync();
    world.evaluate({ delta: 300 });
    assert.equal(world.book.trading, 'SAFE');
    const held = 'safe_hold: the cause is gone, and it goes on after 5 s without one';
    assert.equal(world.explain().why, held);
    assert.equal(world.book.view.why, held);
    assert.match(whyInChinese(world.explain(), 0), /^safe_hold：原因已消除，持续 5 秒后继续/);
    world.advance(5 * SECOND);
    world.evaluate({ delta: 300 });
    assert.doesNotMatch(world.explain().why, /safe_hold/);
  });
});

describe('the lamp', () => {
  it('is yellow from a lost connection until hedging goes on, and says why all the while', () => {
    const world = watching();
    assert.deepEqual(lampOf(world), ['NO_TRADE', 'green']);
    world.report(LOST);
    world.evaluate();
    const [trading, lamp, ...reasons] = lampOf(world);
    assert.deepEqual([trading, lamp], ['SAFE', 'yellow']);
    assert.ok(reasons.includes('broker_down'), reasons.join());

    world.control({ command: 'retry_ib' });
    world.sync();
    world.evaluate();
    assert.deepEqual(lampOf(world), ['SAFE', 'yellow', 'SPY: safe_hold']);
    world.advance(5 * SECOND);
    world.evaluate();
    assert.deepEqual(lampOf(world).slice(1), ['green']);
  });
});
