import assert from 'node:assert/strict';
import { describe, it } from 'vitest';

import { boundOf, roomOf } from '../../../src/api/web/state/gate-limits.ts';
import { explain } from '../../../src/domain/assessment.ts';
import { GATE_BY_ID } from '../../../src/domain/gates.ts';
import type { GateView } from '../../../src/protocol/views.ts';
import { bookInput } from '../../support/book.ts';
import { GATE_CASES } from '../../support/gate-cases.ts';

function gate(id: string, value: GateView['value'], limit: GateView['limit']): GateView {
  return {
    ...{ group: 'guard', gate: id, pass: true, value, limit, unit: 'USD' },
    ...{ since: null, opens_at: null },
  };
}

describe('the bound of a gate', () => {
  it('is never kept by a gate that is closed', () => {
    let compared = 0;
    for (const { open, closed } of Object.values(GATE_CASES)) {
      for (const patch of [...open, ...closed]) {
        for (const { gate: id, pass, value, limit } of explain(bookInput(patch)).gates) {
          const bound = boundOf({ gate: id });
          if (bound === 'none' || typeof value !== 'number' || typeof limit !== 'number') continue;
          // On the limit itself the engine decides; it closes some there and opens others.
          if (Math.abs(Math.abs(value) - Math.abs(limit)) < 0.01) continue;
          // What does not apply to the purpose of the trade stands open with any value.
          if (pass) continue;
          // These look at what the next order would add.
          if (GATE_BY_ID[id].action === 'clips' || id === 'account_daily_notional') continue;
          // Once reached it is latched, wherever the P&L stands by now.
          if (id === 'daily_loss_limit' && value > limit) continue;
          compared += 1;
          assert.ok(!FITS[bound](value, limit), `${id}: ${value} ${bound} ${limit} is closed`);
        }
      }
    }
    assert.ok(compared > 15, `${compared}`);
  });
});

const FITS = {
  at_least: (value: number, limit: number) => value >= limit,
  at_most: (value: number, limit: number) => value <= limit,
  beyond: (value: number, limit: number) => Math.abs(value) >= limit,
} as const;

describe('the room that is left', () => {
  it('is counted from nothing to the limit, in the order of danger', () => {
    const rooms = roomOf(
      [
        gate('max_daily_hedge_count', 10, 40),
        gate('cooldown', 1, 5),
        gate('daily_loss_limit', -810, -5000),
      ],
      0,
    );
    assert.deepEqual(
      rooms.map(({ gate: id, used, limit, share }) => [id, used, limit, share]),
      [
        ['daily_loss_limit', 810, 5000, 0.162],
        ['max_daily_hedge_count', 10, 40, 0.25],
      ],
    );
  });

  it('is whole after a gain, and never less than none', () => {
    assert.equal(roomOf([gate('daily_loss_limit', 300, -5000)], 0)[0]?.share, 0);
    assert.equal(roomOf([gate('daily_loss_limit', -6000, -5000)], 0)[0]?.share, 1);
  });

  it('of the position is that of the shares that are held, not of those after a trade', () => {
    const [room] = roomOf([gate('max_position', 38, 2000)], -45);
    assert.equal(room?.used, 45);
  });

  it('is not told of a limit that is not set, or a value that is not known', () => {
    const gates = [gate('max_position', 5, null), gate('daily_loss_limit', null, -5000)];
    assert.deepEqual(roomOf(gates, 5), []);
  });
});
