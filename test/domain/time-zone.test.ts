import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import { epochInZone, timeZone } from '../../src/domain/time-zone.ts';

const NOON = Date.UTC(2025, 6, 1, 12);

function epoch(local: number, name: string): number {
  const zone = timeZone(name);
  assert.ok(zone !== null, name);
  return epochInZone(local, zone);
}

describe('a time zone', () => {
  it.each([
    ['America/New_York', 16],
    ['EST', 16],
    ['Eastern Daylight Time', 16],
    ['US/Central', 17],
    ['PDT', 19],
    ['British Summer Time', 11],
    ['GMT', 12],
    ['Z', 12],
    ['CEST', 10],
    ['HKT', 4],
    ['Asia/Kolkata', 6.5],
  ])('%s is known by its name', (name, hours) => {
    assert.equal(epoch(NOON, name), Date.UTC(2025, 6, 1) + hours * 3_600_000);
  });

  it('takes the hour that a spring skips for the one after', () => {
    const west = Date.UTC(2025, 2, 9, 2, 30);
    assert.equal(epoch(west, 'America/New_York'), Date.UTC(2025, 2, 9, 7, 30));
    const east = Date.UTC(2025, 2, 30, 2, 30);
    assert.equal(epoch(east, 'Europe/Berlin'), Date.UTC(2025, 2, 30, 1, 30));
  });

  it('gives back every local time around a change that its clocks show', () => {
    for (const name of ['America/New_York', 'Europe/Berlin', 'Asia/Tokyo']) {
      const zone = timeZone(name);
      assert.ok(zone !== null);
      for (const day of [Date.UTC(2025, 2, 9), Date.UTC(2025, 2, 30), Date.UTC(2025, 10, 2)]) {
        for (let half = -48; half < 48; half += 1) {
          const ts = day + half * 1_800_000;
          const shown: number = ts + zone.offsetAt(ts);
          const read = epochInZone(shown, zone);
          assert.equal(
            read + zone.offsetAt(read),
            shown,
            `${name} at ${new Date(ts).toISOString()}`,
          );
        }
      }
    }
  });

  it('is none for a name that nobody knows, however many are asked for', () => {
    for (let index = 0; index < 200; index += 1) assert.equal(timeZone(`Mars/Base${index}`), null);
    assert.equal(timeZone('Asia/Tokyo')?.offsetAt(NOON), 9 * 3_600_000);
  });
});
