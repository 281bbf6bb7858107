/**
 * Should this book be hedged? One machine per underlying and account. It is edge-triggered: the
 * book computes an assessment from plain code and sends it when it differs in a way that can
 * matter; the machine turns it into a state, and a state into at most one open intent.
 */

import { assign, setup } from 'xstate';
import type { Verdict } from '../src/domain/assessment.ts';
import type { SafeCause } from '../src/domain/causes.ts';

/** What the machine needs to know of an assessment. */
export interface TradingFacts {
  /** Positions are known and the ledger explains what is ours. */
  readonly synced: boolean;
  /** Every cause that holds now, latched ones included. */
  readonly causes: readonly SafeCause[];
  readonly verdict: Verdict;
  readonly strategyEnabled: boolean;
  /** Quotes are there, fresh and with greeks; true while the market is closed. */
  readonly dataReady: boolean;
  /** An intent exists, the guard allows it, and the hedge machine can accept it. */
  readonly targetAllowed: boolean;
}

export type TradingEvent =
  | { readonly type: 'START' }
  | { readonly type: 'ASSESSED'; readonly facts: TradingFacts }
  | { readonly type: 'TARGET_EMITTED' }
  | { readonly type: 'FLATTEN_TARGET' }
  | { readonly type: 'HEDGE_NOW' }
  | { readonly type: 'DONE' }
  | { readonly type: 'FAILED'; readonly retry: boolean }
  | { readonly type: 'MANUAL_RESUME'; readonly reason: string }
  | { readonly type: 'timer.elapsed'; readonly name: 'safe_hold' };

export interface TradingContext {
  readonly causes: readonly SafeCause[];
}

const HOLD = { name: 'safe_hold' } as const;

/** A fresh trading machine; one for each book. */
export function createTradingMachine() {
  const trading = setup({
    types: { context: {} as TradingContext, events: {} as TradingEvent },
    guards: {
      hasCause: ({ event }) => event.type === 'ASSESSED' && event.facts.causes.length > 0,
      hadCause: ({ context }) => context.causes.length > 0,
      hasNoCause: ({ context }) => context.causes.length === 0,
      legsGone: ({ event }) => event.type === 'ASSESSED' && event.facts.verdict === 'EMPTY',
      synced: ({ event }) =>
        event.type === 'ASSESSED' && event.facts.synced && event.facts.dataReady,
      mayArm: ({ event }) =>
        event.type === 'ASSESSED' && event.facts.verdict !== 'EMPTY' && event.facts.strategyEnabled,
      disarmed: ({ event }) =>
        event.type === 'ASSESSED' &&
        (event.facts.verdict === 'EMPTY' || !event.facts.strategyEnabled),
      bandDefined: ({ event }) =>
        event.type === 'ASSESSED' &&
        event.facts.verdict !== 'EMPTY' &&
        event.facts.verdict !== 'UNPRICED',
      decides: ({ event }, params: { readonly verdict: Verdict }) =>
        event.type === 'ASSESSED' && event.facts.verdict === params.verdict,
      /** A cause goes before a target, whatever the gates say. */
      mayEmit: ({ event }) =>
        event.type === 'ASSESSED' &&
        event.facts.causes.length === 0 &&
        event.facts.verdict === 'NEED_HEDGE' &&
        event.facts.targetAllowed,
      retryAllowed: ({ event }) => event.type === 'FAILED' && event.retry,
      brokerUp: ({ context }) => !context.causes.includes('broker_down'),
    },
    actions: {
      /** The book opens an intent, hands it to the hedge machine and answers TARGET_EMITTED. */
      emitTarget: () => undefined,
      /** What the open intent still has alive is no longer wanted. */
      wantCancel: (_, _why: { readonly reason: string }) => undefined,
      startTimer: (_, _timer: { readonly name: 'safe_hold' }) => undefined,
      cancelTimer: (_, _timer: { readonly name: 'safe_hold' }) => undefined,
      noteCauses: assign(({ event }) =>
        event.type === 'ASSESSED' ? { causes: event.facts.causes } : {},
      ),
      noteFault: assign({ causes: ['exec_fault'] }),
    },
  });

  const unsafe = { guard: 'hasCause', target: 'SAFE', actions: 'noteCauses' } as const;
  const decide = (verdict: Verdict) => ({ type: 'decides', params: { verdict } }) as const;
  const byHand = {
    FLATTEN_TARGET: 'HEDGING',
    HEDGE_NOW: 'HEDGING',
  } as const;

  /** From any watching state an assessment leads to the same place. */
  const watching = {
    ASSESSED: [
      unsafe,
      { guard: 'disarmed', target: 'IDLE' },
      { guard: decide('NO_TRADE'), target: 'NO_TRADE' },
      { guard: decide('MONITOR'), target: 'MONITOR' },
      { guard: decide('PAUSE_COST'), target: 'PAUSE_COST' },
      { guard: decide('PAUSE_LIQ'), target: 'PAUSE_LIQ' },
      { guard: decide('NEED_HEDGE'), target: 'NEED_HEDGE' },
    ],
    ...byHand,
  } as const;

  return trading.createMachine({
    id: 'trading',
    context: { causes: [] },
    initial: 'BOOT',
    states: {
      BOOT: { on: { START: 'SYNC' } },

      SYNC: {
        on: { ASSESSED: [unsafe, { guard: 'synced', target: 'IDLE' }] },
      },

      IDLE: {
        on: { ASSESSED: [unsafe, { guard: 'mayArm', target: 'ARMED' }], ...byHand },
      },

      ARMED: {
        on: {
          ASSESSED: [
            unsafe,
            { guard: 'disarmed', target: 'IDLE' },
            { guard: 'bandDefined', target: 'MONITOR' },
          ],
          ...byHand,
        },
      },

      MONITOR: { on: watching },
      NO_TRADE: { on: watching },
      PAUSE_COST: { on: watching },
      PAUSE_LIQ: { on: watching },

      NEED_HEDGE: {
        on: {
          ...watching,
          // Staying here, the intent goes out as soon as guard and hedge machine take it.
          ASSESSED: [{ guard: 'mayEmit', actions: 'emitTarget' }, ...watching.ASSESSED],
          TARGET_EMITTED: 'HEDGING',
        },
      },

      HEDGING: {
        on: {
          ASSESSED: [
            {
              guard: 'legsGone',
              target: 'SAFE',
              actions: ['noteCauses', { type: 'wantCancel', params: { reason: 'legs_gone' } }],
            },
            unsafe,
          ],
          DONE: 'MONITOR',
          FAILED: [
            { guard: 'retryAllowed', target: 'NEED_HEDGE' },
            { target: 'SAFE', actions: 'noteFault' },
          ],
        },
      },

      SAFE: {
        entry: {
          type: 'startTimer',
          params: HOLD,
        },
        exit: { type: 'cancelTimer', params: HOLD },
        on: {
          ASSESSED: [
            // A cause (again): the hold begins anew when it is gone.
            {
              guard: 'hasCause',
              actions: ['noteCauses', { type: 'cancelTimer', params: HOLD }],
            },
            {
              guard: 'hadCause',
              actions: ['noteCauses', { type: 'startTimer', params: HOLD }],
            },
          ],
          'timer.elapsed': { guard: 'hasNoCause', target: 'SYNC' },
          // The book has cleared what no longer holds; what does comes back with the assessment.
          MANUAL_RESUME: {},
          FLATTEN_TARGET: { guard: 'brokerUp', target: 'HEDGING' },
          HEDGE_NOW: { guard: 'brokerUp', target: 'HEDGING' },
        },
      },
    },
  });
}
