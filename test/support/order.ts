/** An order that the last check approves, and the state in which it does. */

import type { FlattenAccount } from '../../src/domain/flatten.ts';
import type { GateId, TicketFault } from '../../src/domain/gates.ts';
import type { OrderTicket } from '../../src/domain/order.ts';
import { type RiskContext, type RiskVerdict, reviewOrder } from '../../src/domain/risk.ts';
import { bookSettings, GOOD_ENGINE, NOW, SECOND, type SettingsPatch } from './book.ts';

export const STOCK = {
  secType: 'STK',
  conId: 1001,
  symbol: 'SPY',
  exchange: 'SMART',
  primaryExchange: 'ARCA',
  currency: 'USD',
} as const;

export const ticket = (patch: Partial<OrderTicket> = {}): OrderTicket => ({
  orderRef: 'bifrost:a:7',
  account: 'DU1',
  contract: STOCK,
  purpose: 'hedge',
  side: 'SELL',
  quantity: 112,
  limitPrice: 449.98,
  tif: 'GTD',
  goodTill: NOW + 30 * SECOND,
  outsideRth: false,
  ...patch,
});

const QUOTE = {
  bid: 449.99,
  ask: 450.01,
  freshTs: NOW,
  dataType: 1,
  halted: false,
} as const;

export function context(
  patch: Partial<RiskContext> = {},
  gates: SettingsPatch['gates'] = {},
): RiskContext {
  return {
    now: NOW,
    mode: 'simulated',
    liveAccount: null,
    account: 'DU1',
    conId: 1001,
    gates: bookSettings({ gates }).gates,
    priceIncrements: [{ lowEdge: 0, increment: 0.01 }],
    engine: GOOD_ENGINE,
    quote: QUOTE,
    owned: 0,
    accountShares: accountOf(0),
    netDelta: 112,
    working: null,
    unresolved: false,
    rejectStreak: 0,
    orderTimes: [],
    accountOrderTimes: [],
    accountDailyNotional: 0,
    forced: false,
    dailyPnl: 0,
    accountDailyPnl: 0,
    lossAllowance: null,
    lossLatched: false,
    dailyHedgeCost: 0,
    ...patch,
  };
}

export const reason = (verdict: RiskVerdict): GateId | TicketFault | 'approved' =>
  verdict.kind === 'approved' ? 'approved' : verdict.gate;
export const judge = (
  order: Partial<OrderTicket>,
  where: Partial<RiskContext> = {},
  gates: SettingsPatch['gates'] = {},
): GateId | TicketFault | 'approved' => reason(reviewOrder(ticket(order), context(where, gates)));
export const engine = (patch: Partial<RiskContext['engine']>): Partial<RiskContext> => ({
  engine: { ...GOOD_ENGINE, ...patch },
});
export const quote = (patch: Partial<NonNullable<RiskContext['quote']>>): Partial<RiskContext> => ({
  quote: { ...QUOTE, ...patch },
});
export const risk = (
  patch: NonNullable<NonNullable<NonNullable<SettingsPatch['gates']>['guard']>['risk']>,
) => ({
  guard: { risk: patch },
});
export const recent = (count: number): number[] =>
  Array.from({ length: count }, () => NOW - 59_999);

/** An account as the broker told it, which nobody doubts. */
export function accountOf(told: number | null): FlattenAccount {
  return { told, booked: null, inDoubt: false };
}
