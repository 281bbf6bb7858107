import assert from 'node:assert/strict';
import { describe, it } from 'vitest';

import { averagePrice, storySteps, storyTimes } from '../../../src/api/web/state/story-steps.ts';
import type { OrderStoryView } from '../../../src/protocol/story-view.ts';
import type { OperationView } from '../../../src/protocol/views.ts';

const row = (ts: number, type: string): OperationView => ({
  ...{ id: ts, ts, type, side: 'SELL', quantity: 27, price: 178.86, state_reason: '' },
  ...{ symbol: 'NVDA', account: 'DU1', order_ref: 'r', perm_id: null, exec_id: null },
  commission: null,
});

const execution = (ts: number, quantity: number, price: number, corrected = false) => {
  return {
    ts,
    exec_id: `e${ts}`,
    side: 'SELL',
    quantity,
    price,
    commission: 1,
    corrected,
  } as const;
};

const report = (ts: number, filled: number) => {
  return { ts, status: 'Submitted', filled, quantity: 27, limit_price: 178.86, perm_id: 1 };
};

const STORY: OrderStoryView = {
  order_ref: 'r',
  symbol: 'NVDA',
  account: 'DU1',
  intent: {
    ...{ ts: 100, purpose: 'hedge', side: 'SELL', quantity: 27, limit_price: 178.86 },
    ...{ target_shares: -29, spot: 178.88 },
  },
  decision: null,
  transitions: [{ ts: 100, from: 'PLAN', to: 'SEND', event: 'need.computed' }],
  reports: [report(100.005, 0), report(100.04, 27)],
  executions: [execution(100.03, 20, 178.9), execution(100.04, 7, 178.83)],
  operations: [row(100, 'hedge_intent'), row(100, 'order_sent'), row(100.03, 'fill')],
  outcome: 'filled',
  ended_ts: 100.04,
  filled: 27,
  costs: { commission: 2, slippage: 0.1 },
  pnl: null,
};

describe('the steps of an order', () => {
  it('stand in their order, of one moment causes first, and each is told once', () => {
    assert.deepEqual(
      storySteps(STORY).map(({ kind, ts }) => [kind, ts]),
      [
        ['decided', 100],
        ['machine', 100],
        ['operation', 100],
        ['report', 100.005],
        ['fill', 100.03],
        ['report', 100.04],
        ['fill', 100.04],
        ['ended', 100.04],
      ],
    );
  });

  it('are its rows alone where the history has no intent of it', () => {
    const bare = { ...STORY, intent: null, transitions: [], reports: [], executions: [] };
    const steps = storySteps({ ...bare, outcome: null, ended_ts: null });
    assert.deepEqual(
      steps.map(({ kind }) => kind),
      ['operation', 'operation', 'operation'],
    );
  });

  it('took so long each, and what was not reached took no time', () => {
    const rounded = (times: object) =>
      Object.values(times).map((ms) => (ms === null ? null : Math.round(ms)));
    assert.deepEqual(rounded(storyTimes(STORY)), [0, 5, 25, 40]);
    const working = { ...STORY, executions: [], outcome: null, ended_ts: null };
    assert.deepEqual(rounded(storyTimes(working)), [0, 5, null, null]);
  });

  it('have a mean price of what counts', () => {
    assert.equal(averagePrice(STORY)?.toFixed(4), '178.8819');
    const executions = [execution(1, 20, 178.9, true), execution(2, 7, 178.83)];
    assert.equal(averagePrice({ ...STORY, executions }), 178.83);
    assert.equal(averagePrice({ ...STORY, executions: [] }), null);
  });
});
