import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import { verifyReplays, watching } from './support/hedged-book.ts';

verifyReplays();

const HEARTBEAT_MS = 10_000;

describe('the history of quotes', () => {
  it('has the prices of one heartbeat in each interval, the others are the newest alone', () => {
    const w = watching();
    w.evaluate({ delta: 0 });
    const before = w.facts('prices').length;
    // The interval is thirty seconds.
    for (let beat = 0; beat < 9; beat += 1) w.advance(HEARTBEAT_MS);
    const kept = w
      .facts('prices')
      .slice(before)
      .map((fact) => fact.kept === true);
    assert.equal(kept.length, 9);
    const first = kept.indexOf(true);
    assert.ok(first >= 0 && first < 3);
    assert.deepEqual(
      kept,
      kept.map((_, at) => at % 3 === first),
    );
  });
});
