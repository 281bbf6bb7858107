/** The journal's disk as the persistence actor watches it. */

import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'vitest';

import { type DiskMessage, Housekeeping } from '../../actors/persistence/housekeeping.ts';
import { DISK_FULL_BYTES, DISK_LOW_BYTES } from '../../src/limits.ts';
import type { ActorContext } from '../../src/runtime/actor.ts';
import { silentLog } from '../support/postgres.ts';
import { tempDir } from '../support/temp-dir.ts';

const LOOK_MS = 5_000;

/** Looks at a disk with this much room, time after time; returns what was told. */
function tellOf(rooms: readonly number[]): readonly string[] {
  const told: string[] = [];
  let now = 0;
  let room = 0;
  const mono = { now: () => now };
  const context = { mono, log: silentLog } as unknown as ActorContext;
  const args = { journalDir: '/nowhere', journalDays: 1, historyDays: 1 };
  const open = { sink: null, maintain: async () => [] };
  const tell = ({ state }: DiskMessage): void => void told.push(state);
  const house = new Housekeeping(context, args, open, tell, () => room);
  for (const next of rooms) {
    room = next;
    house.lookAtDisk();
    now += LOOK_MS;
  }
  return told;
}

const LOW = DISK_LOW_BYTES;
const FULL = DISK_FULL_BYTES;

describe('the disk of the journal', () => {
  it('is told of when it becomes low and full, once, and when it is well again', () => {
    const rooms = [LOW, LOW - 1, LOW - 2, FULL, FULL - 1, 0, 2 * LOW];
    assert.deepEqual(tellOf(rooms), ['low', 'full', 'ok']);
  });

  it('is well again a little above the bound only, so that nothing comes and goes', () => {
    assert.deepEqual(tellOf([LOW - 1, LOW, LOW * 1.09, LOW * 1.11]), ['low', 'ok']);
    assert.deepEqual(tellOf([FULL - 1, FULL, FULL * 1.09, FULL * 1.11]), ['full', 'low']);
  });

  it('may refuse to have the journal kept small, and that ends nothing', async () => {
    const dir = tempDir('unkept');
    writeFileSync(join(dir, 'journal-000001.bin'), '');
    writeFileSync(join(dir, 'journal-000002.bin'), '');
    mkdirSync(join(dir, 'journal-000001.bin.zst', 'in the way'), { recursive: true });
    const clock = { now: () => 0 };
    const context = { mono: clock, wall: clock, log: silentLog } as unknown as ActorContext;
    const args = { journalDir: dir, journalDays: 1, historyDays: 1 };
    const open = { sink: null, maintain: async () => [] };
    const house = new Housekeeping(
      ...([context, args, open] as const),
      () => undefined,
      () => FULL,
    );
    await house.keep(null);
    assert.ok(readdirSync(dir).includes('journal-000001.bin'));
  });

  it('is not looked at more often than every five seconds', () => {
    let looks = 0;
    const context = { mono: { now: () => 0 }, log: silentLog } as unknown as ActorContext;
    const args = { journalDir: '/nowhere', journalDays: 1, historyDays: 1 };
    const open = { sink: null, maintain: async () => [] };
    const house = new Housekeeping(
      context,
      args,
      open,
      () => undefined,
      () => {
        looks += 1;
        return LOW;
      },
    );
    for (let n = 0; n < 100; n += 1) house.lookAtDisk();
    assert.equal(looks, 1);
  });
});
