import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import { gateSince } from '../../actors/book/gate-times.ts';
import { SECOND } from '../support/book.ts';
import type { World } from '../support/world.ts';
import { verifyReplays, watching } from './support/hedged-book.ts';

verifyReplays();

const inBand = (w: World) => {
  const gate = w.explain().gates.find((one) => one.gate === 'in_band');
  return [gate?.pass, gate?.since];
};

describe('a gate', () => {
  it('says since when it is closed, and then since when it is open', () => {
    const w = watching();
    w.evaluate({ delta: 15 });
    w.advance(SECOND);
    w.evaluate({ delta: 5 });
    const closed = w.at.trading;
    assert.deepEqual(inBand(w), [false, closed]);
    w.advance(SECOND);
    w.evaluate({ delta: 4 });
    assert.deepEqual(inBand(w), [false, closed]);
    w.advance(SECOND);
    w.evaluate({ delta: 15 });
    assert.deepEqual(inBand(w), [true, w.at.trading]);
  });

  it('that has not moved since the daemon began says so', () => {
    const w = watching();
    w.evaluate({ delta: 5 });
    const holiday = w.explain().gates.find((one) => one.gate === 'holiday');
    assert.deepEqual([holiday?.pass, holiday?.since], [true, null]);
  });

  it('that time alone has moved since the last look has moved now', () => {
    const times = new Map([['cooldown', 1000] as const]);
    const cooldown = (pass: boolean) => ({ gate: 'cooldown', pass }) as const;
    assert.equal(gateSince(times, ['cooldown'], cooldown(false), 9000), 1000);
    assert.equal(gateSince(times, ['cooldown'], cooldown(true), 9000), 9000);
    assert.equal(gateSince(times, [], cooldown(true), 9000), 1000);
  });
});
