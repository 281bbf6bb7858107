import { describe, expect, it } from 'vitest';
import { PLANTED } from './planted.ts';
import { runSeed } from './world.ts';

/** A mistake that hides from so many seeds, from the first on, fails the long test. */
const SEEDS_MAX = 1000;
const MINUTES = 3;
const isLong = process.env['BIFROST_TEST_LONG'] === '1';

/** A film that shows each soon, seed and minutes; the long test looks at all from the first on. */
const SHOWN_BY: Readonly<Record<string, readonly [seed: number, minutes: number]>> = {
  'an order is sent again when nobody answers': [19, 1],
  'what is said to be synced is not': [29, 3],
  'corrections are thrown away': [30, 1],
  'a correction is booked as another fill': [30, 1],
  'a trade made by hand is taken for ours': [29, 1],
  'fills of an outage are not asked for': [29, 1],
  'cancels go nowhere': [21, 3],
  'a lost connection is never told': [6, 2],
  'a restart forgets that trading is suspended': [26, 2],
  'rows and their position are committed apart': [2, 3],
  'the cap of an order is read with a nought too many': [29, 3],
  'the limits of pace and position are not read': [58, 1],
};

describe('a mistake that was planted', () => {
  it.each(Object.entries(PLANTED))('is found: %s', async (name, plant) => {
    const [seed, minutes] = SHOWN_BY[name] ?? [1, 1];
    const { failure } = await runSeed({ seed, minutes, plant });
    expect(failure).toMatch(plant.finding);
  });

  it.runIf(isLong).each(Object.entries(PLANTED))(
    'is found within a thousand seeds from the first on: %s',
    async (_, plant) => {
      for (let seed = 1; seed <= SEEDS_MAX; seed += 1) {
        const { failure } = await runSeed({ seed, minutes: MINUTES, plant });
        if (failure !== null && plant.finding.test(failure)) return;
      }
      expect.fail(`${SEEDS_MAX} seeds did not show it`);
    },
    600_000,
  );
});
