import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it, vi } from 'vitest';
import { SYMBOL } from '../support/world.ts';
import { Voyage, type Weather } from './weather.ts';

// Drawn tests have time on a busy machine.
vi.setConfig({ testTimeout: 120_000 });

const any = <T extends Weather>(arbitrary: fc.Arbitrary<T>, weight: number) => ({
  weight,
  arbitrary: arbitrary as fc.Arbitrary<Weather>,
});

/** Mostly fair: in a storm alone nothing would ever be sent. */
const weather: fc.Arbitrary<Weather> = fc.oneof(
  any(fc.record({ kind: fc.constant('quote'), delta: fc.constantFrom(0, 112, -90, 300) }), 6),
  any(fc.record({ kind: fc.constant('wait'), ms: fc.constantFrom(100, 900, 2500, 6000) }), 6),
  any(
    fc.record({
      kind: fc.constant('carry'),
      answer: fc.constantFrom('well', 'well', 'silent', 'refuse', 'refuse', 'lose'),
    }),
    8,
  ),
  any(fc.record({ kind: fc.constant('hear'), skip: fc.nat({ max: 3 }) }), 12),
  any(
    fc.record({
      kind: fc.constant('fill'),
      part: fc.constantFrom(0.3, 0.6, 1),
      twice: fc.boolean(),
    }),
    5,
  ),
  any(fc.constant({ kind: 'lull' } as const), 6),
  any(fc.constant({ kind: 'inactive' } as const), 1),
  any(fc.record({ kind: fc.constant('cut'), arrives: fc.boolean() }), 1),
  any(fc.record({ kind: fc.constant('upstream'), lost: fc.boolean() }), 1),
  any(
    fc.record({
      kind: fc.constantFrom('suspend', 'resume', 'resume', 'resume'),
      book: fc.boolean(),
    }),
    1,
  ),
  any(fc.record({ kind: fc.constant('restart'), arrives: fc.boolean() }), 1),
);

const journey = fc.array(weather, { minLength: 20, maxLength: 120, size: 'max' });

/** Past the start: synced, watching, flat. */
function underWay(): Voyage {
  const voyage = new Voyage();
  voyage.calm(3);
  assert.equal(voyage.world.states, 'NO_TRADE EXEC_IDLE');
  return voyage;
}

function heal(voyage: Voyage): void {
  for (const book of [true, false]) voyage.take({ kind: 'resume', book });
  voyage.calm(30);
  const { world } = voyage;
  if (world.facts('latch').length > 0) {
    world.control({ command: 'manual_resume', symbol: SYMBOL, reason: 'the weather is over' });
  }
  voyage.calm(60);
}

/** Those of `hedge`, and of `trading` those that the weather can bring. */
const LASTING = [
  ...['EXEC_IDLE', 'WAIT_ACK', 'WORKING', 'PARTIAL', 'CANCEL', 'RECOVER', 'FILLED', 'FAIL'],
  ...['BOOT', 'SYNC', 'NO_TRADE', 'NEED_HEDGE', 'HEDGING', 'SAFE'],
];

const hedged = new Set(['NO_TRADE', 'MONITOR']);

describe('the deciders in any weather', () => {
  it('break no invariant, and are hedged and agree with the broker when it is over', () => {
    fc.assert(
      fc.property(journey, (list) => {
        const voyage = underWay();
        for (const one of list) voyage.take(one);
        heal(voyage);
        const { world } = voyage;
        const { view, trading, hedge } = world.book;
        assert.deepEqual(
          [hedged.has(trading), ['EXEC_IDLE', 'FILLED'].includes(hedge)],
          [true, true],
          `${trading} ${hedge} ${JSON.stringify(world.facts('latch'))}`,
        );
        assert(Math.abs(view.net_delta ?? Number.NaN) < 25, `net delta ${view.net_delta}`);
        assert.equal(view.stock_position, world.venue.shares);
        assert.equal(world.venue.live.length, 0);
        for (const session of voyage.sessions) session.verifyReplay();
      }),
      { numRuns: 10, endOnFailure: true },
    );
  });

  it('come to every state that lasts longer than a turn', () => {
    const reached = new Set<string>();
    for (const list of fc.sample(journey, { seed: 7, numRuns: 40 })) {
      const voyage = underWay();
      for (const one of list) voyage.take(one);
      for (const state of voyage.reached) reached.add(state);
    }
    for (const state of LASTING) assert(reached.has(state), `no weather led to ${state}`);
  });

  it('stop with nothing of theirs alive, or say that it is', () => {
    fc.assert(
      fc.property(journey, (list) => {
        const voyage = underWay();
        for (const one of list) voyage.take(one);
        voyage.stop();
      }),
      { numRuns: 10, endOnFailure: true },
    );
  });
});
