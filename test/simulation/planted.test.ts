import { describe, expect, it } from 'vitest';
import { PLANTED } from './planted.ts';
import { runSeed } from './world.ts';

/** A mistake that hides from so many seeds, from the first on, fails the long test. */
const SEEDS_MAX = 1000;
const MINUTES = 3;
const isLong = process.env['BIFROST_TEST_LONG'] === '1';

/** A seed that shows each soon; looking there first saves time, and the long test looks at all. */
const SHOWN_BY: Readonly<Record<string, number>> = {
  'an order is sent again when nobody answers': 19,
  'what is said to be synced is not': 29,
  'fills are never told': 29,
  'corrections are thrown away': 10,
  'a correction is booked as another fill': 30,
  'only the first fill of an order is booked': 1,
  'a trade made by hand is taken for ours': 29,
  'fills of an outage are not asked for': 29,
  'cancels go nowhere': 21,
  'a lost connection is never told': 4,
  'a restart forgets that trading is suspended': 26,
  'the cap of an order is read with a nought too many': 29,
  'the limits of pace and position are not read': 58,
};

describe('a mistake that was planted', () => {
  it.each(Object.entries(PLANTED))('is found: %s', async (name, plant) => {
    const seed = SHOWN_BY[name] ?? 1;
    const { failure } = await runSeed({ seed, minutes: MINUTES, plant });
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
