/**
 * The last check before the wire at its edges, and in its words: each number that a denial names is
 * one that somebody will act on. What mutants of the check had survived is told here.
 */

import assert from 'node:assert/strict';
import { describe, it } from 'vitest';

import { GATE_BY_ID, TICKET_FAULTS } from '../../src/domain/gates.ts';
import type { OrderTicket } from '../../src/domain/order.ts';
import { type RiskContext, reviewOrder } from '../../src/domain/risk.ts';
import { NOW, type SettingsPatch } from '../support/book.ts';
import { accountOf, context, engine, judge, quote, risk, STOCK, ticket } from '../support/order.ts';

type Case = readonly [Partial<OrderTicket>, Partial<RiskContext>?, SettingsPatch['gates']?];

function because([order, where = {}, gates = {}]: Case): string {
  const verdict = reviewOrder(ticket(order), context(where, gates));
  assert(verdict.kind === 'denied');
  return verdict.reason;
}

const { meaning: stale } = GATE_BY_ID.data_stale;
const flatten = { purpose: 'flatten', side: 'BUY', limitPrice: 450.02 } as const;
const OPTION = { ...STOCK, secType: 'OPT' } as unknown as OrderTicket['contract'];

const WORDS: readonly (readonly [string, Case])[] = [
  [TICKET_FAULTS.order_ref, [{ orderRef: '' }]],
  [`${TICKET_FAULTS.quantity}: 0`, [{ quantity: 0 }]],
  [`${TICKET_FAULTS.quantity}: -5`, [{ quantity: -5 }]],
  [`${TICKET_FAULTS.account}: none`, [{ account: '' }]],
  [`${TICKET_FAULTS.account}: none`, [{ account: '' }, { account: '' }]],
  [`${TICKET_FAULTS.account}: DU2`, [{ account: 'DU2' }]],
  [`${TICKET_FAULTS.contract}: 1002`, [{ contract: { ...STOCK, conId: 1002 } }]],
  [`${TICKET_FAULTS.contract}: 1001`, [{ contract: OPTION }]],
  [`${TICKET_FAULTS.tif}: DAY ${NOW + 1}`, [{ tif: 'DAY', goodTill: NOW + 1 }]],
  [`${TICKET_FAULTS.tif}: GTD `, [{ goodTill: null }]],
  [`${TICKET_FAULTS.price}: 0`, [{ limitPrice: 0 }]],
  [`${TICKET_FAULTS.tick_size}: 449.985 USD`, [{ limitPrice: 449.985 }]],
  [
    `${GATE_BY_ID.not_synced.meaning}: whose shares are there is unknown`,
    [{}, engine({ compared: false })],
  ],
  [`${stale}: 7000 ms old`, [{}, quote({ freshTs: NOW - 7000 })]],
  [`${GATE_BY_ID.no_quote.meaning}: 0 × 450.01`, [{}, quote({ bid: 0 })]],
  [`${GATE_BY_ID.position_break.meaning}: NaN`, [{}, { owned: Number.NaN }]],
  [
    `${TICKET_FAULTS.quantity}: 0 left to fill`,
    [{}, { working: { orderRef: 'bifrost:a:7', quantity: 112, filled: 112 } }],
  ],
  [`${GATE_BY_ID.max_hedge_shares_per_order.meaning}: 501 shares`, [{ quantity: 501 }]],
  [`${GATE_BY_ID.max_position.meaning}: 2001 shares`, [{}, { owned: -1889 }]],
  [
    `${GATE_BY_ID.max_notional.meaning}: 50397.76 USD`,
    [{}, { netDelta: 0 }, risk({ max_notional_usd: 50_000 })],
  ],
  [
    `${TICKET_FAULTS.not_reducing}: 112 shares while -100 are ours`,
    [flatten, { owned: -100, accountShares: accountOf(-100) }],
  ],
  [
    `${TICKET_FAULTS.not_reducing}: 112 shares while 0 are there`,
    [flatten, { owned: -112, accountShares: accountOf(0) }],
  ],
  [
    `${TICKET_FAULTS.max_net_delta}: 100 shares`,
    [{}, { netDelta: 12 }, risk({ max_net_delta_shares: 99 })],
  ],
  [
    `${GATE_BY_ID.account_daily_notional.meaning}: 50397.76 USD`,
    [{}, { netDelta: 0 }, { guard: { account: { max_daily_notional_usd: 50_000 } } }],
  ],
  [`${GATE_BY_ID.daily_loss_limit.meaning}: -9000 USD`, [{}, { dailyPnl: -9000 }]],
  [
    `${GATE_BY_ID.account_daily_loss.meaning}: -9000 USD`,
    [{}, { accountDailyPnl: -9000 }, { guard: { account: { max_daily_loss_usd: 8000 } } }],
  ],
  [
    `${GATE_BY_ID.max_daily_hedge_cost.meaning}: 30 USD`,
    [{}, { dailyHedgeCost: 30 }, risk({ max_daily_hedge_cost_usd: 30 })],
  ],
  [`${GATE_BY_ID.order_in_flight.meaning}: its fate is not known`, [{}, { unresolved: true }]],
  [`${GATE_BY_ID.reject_streak.meaning}: 3 rejects`, [{}, { rejectStreak: 3 }]],
];

describe('a denial', () => {
  it.each(WORDS)('says %s', (words, given) => {
    assert.equal(because(given), words);
  });

  it('names the price and the collar that it is not in', () => {
    assert.match(
      because([{ limitPrice: 445.49 }]),
      /: 445\.49 is not in 445\.5\d* … 454\.5\d* USD$/,
    );
  });
});

describe('the edge', () => {
  it.each<readonly [string, ReturnType<typeof judge>, Case]>([
    ['a day is the longest life of an order', 'approved', [{ goodTill: NOW + 86_400_000 }]],
    ['no order is good until cancelled', 'tif', [{ tif: 'GTC' as OrderTicket['tif'] }]],
    [
      'a mode that is none trades nothing',
      'live_interlock',
      [{}, { mode: 'demo' as RiskContext['mode'] }],
    ],
    ['two seconds ahead is the most for a quote', 'approved', [{}, quote({ freshTs: NOW + 2000 })]],
    [
      'whole numbers count as far as they are exact',
      'approved',
      [{}, { owned: Number.MAX_SAFE_INTEGER }],
    ],
    [
      'another order is never taken for the one that is modified',
      'order_in_flight',
      [{}, { working: { orderRef: 'bifrost:a:6', quantity: 50, filled: 0 } }],
    ],
    [
      'shares of the account may be as many on the other side',
      'approved',
      [flatten, { owned: -112, accountShares: accountOf(-56) }],
    ],
    [
      'net delta may be at its limit',
      'approved',
      [{}, { netDelta: 12 }, risk({ max_net_delta_shares: 100 })],
    ],
    [
      'net delta beyond its limit has to shrink',
      'max_net_delta',
      [{}, { netDelta: 56 }, risk({ max_net_delta_shares: 50 })],
    ],
    [
      'turnover may be at its limit',
      'approved',
      [{}, { netDelta: 0 }, { guard: { account: { max_daily_notional_usd: 112 * 449.98 } } }],
    ],
  ])('%s', (_, verdict, given) => {
    assert.equal(judge(...given), verdict);
  });
});
