import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import { LOST, watching } from '../actors/support/hedged-book.ts';
import { SECOND } from '../support/book.ts';
import type { World } from '../support/world.ts';

const lampOf = (world: World) => {
  const { status_lamp: lamp, block_reasons: reasons } = world.status();
  return [world.book.trading, lamp, ...reasons];
};

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
