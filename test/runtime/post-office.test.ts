import assert from 'node:assert/strict';
import { it } from 'vitest';
import { ActorTable } from '../../src/runtime/actor-table.ts';
import { PostOffice } from '../../src/runtime/post-office.ts';
import { VirtualClock } from '../../src/runtime/virtual-clock.ts';

const CALLS_MAX = 100_000;

it('refuses a call that is one too many, which then holds no place [call]', async () => {
  const table = new ActorTable();
  const address = {
    id: 'mute',
    slot: 1,
    thread: 0,
    capacity: 2 * CALLS_MAX,
    policy: 'refuse',
  } as const;
  table.open(address.slot);
  const office = new PostOffice({
    thread: 0,
    life: 0,
    table,
    mono: new VirtualClock(),
    wall: { now: () => 0 },
    idOf: () => undefined,
    addressOf: () => address,
    accept: () => undefined,
    post: () => true,
    deadLetter: () => undefined,
  });
  const ref = office.ref('mute', 0);
  for (let count = 0; count < CALLS_MAX; count += 1) {
    ref.call(count, 1000).catch(() => undefined);
  }
  await assert.rejects(ref.call('one more', 1000), { code: 'mailbox_full' });
  assert.equal(table.depth(address.slot), CALLS_MAX);
});
