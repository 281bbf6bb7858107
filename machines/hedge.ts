/**
 * How one order is worked: from a target to one output, through whatever the broker answers, or
 * does not. The machine's rule above all others: an outcome that is not known is asked for, never
 * sent again. Fills are applied by executions alone; a status is a hint.
 *
 * Events in capitals are commands and contracts of the engine; dotted ones are facts. Durations
 * belong to the hosting actor: the machine starts timers by name and hears them elapse.
 */

import { assign, setup } from 'xstate';
import type { OrderPurpose, OrderSide } from '../src/domain/order.ts';

export interface HedgeIntent {
  /** Unique for each intent, and the broker's `orderRef` of its order. */
  readonly orderRef: string;
  readonly purpose: OrderPurpose;
  /** Shares that the book should own when it is done. */
  readonly targetShares: number;
}

export interface HedgeOrder {
  readonly side: OrderSide;
  readonly quantity: number;
  readonly limitPrice: number;
}

export interface HedgeContext {
  /** Accepted and not yet answered; its output ends it. */
  readonly intent: HedgeIntent | null;
  /** The order that may be alive: ours to finish, cancel or resolve. */
  readonly orderRef: string | null;
  readonly order: HedgeOrder | null;
  /** Shares, by the latest revisions of the order's executions. */
  readonly filled: number;
  /** The same before any revision lowered them: the broker counts what was busted since, too. */
  readonly traded: number;
  readonly reprices: number;
  readonly modifying: boolean;
  readonly cancelWanted: boolean;
  readonly stopping: boolean;
  readonly brokerUp: boolean;
  /** The order is dead: seen so, or the cancel was answered so. */
  readonly terminal: boolean;
  /** Shares that the broker said were filled when it died; executions must add up to them. */
  readonly reported: number;
  /** The broker has said how much was filled: a status with its numbers, or a complete read. */
  readonly told: boolean;
  /** The broker has turned the order down; what it had filled before that counts all the same. */
  readonly refused: boolean;
  /** Cancels asked for this order so far. */
  readonly cancels: number;
  /** Met again after a restart or reconnect: never trusted to work on. */
  readonly found: boolean;
  /** Whether it was ever seen alive at the broker. */
  readonly seen: boolean;
  /** The last complete read, in one text; two equal ones agree. */
  readonly readSignature: string | null;
  /** Attempts to resolve since the last success or MANUAL_RESUME. */
  readonly resyncs: number;
  readonly reason: string;
}

/** What an intent came to; exactly one for each accepted target. */
export interface HedgeOutput {
  readonly intent: HedgeIntent | null;
  readonly outcome: HedgeOutcome;
  readonly filled: number;
  readonly remaining: number;
  readonly reason: string;
}

export type HedgeTimer =
  | 'ack'
  | 'working'
  | 'missing'
  | 'cancel'
  | 'read'
  | 'grace'
  | 'settle'
  | 'limit'
  | 'backoff';

export type HedgeEvent =
  | { readonly type: 'RECV_TARGET'; readonly intent: HedgeIntent }
  | {
      readonly type: 'need.computed';
      /** Shares to trade, signed, before clipping. */
      readonly need: number;
      readonly minShares: number;
      readonly order: HedgeOrder;
    }
  | { readonly type: 'order.approved' }
  | { readonly type: 'order.denied'; readonly reason: string }
  | { readonly type: 'order.acknowledged' }
  | { readonly type: 'order.executed'; readonly filled: number; readonly traded: number }
  | { readonly type: 'order.rejected'; readonly definite: boolean; readonly reason: string }
  /** Inactive, held, an error of unknown meaning, a contradiction. */
  | { readonly type: 'order.unclear'; readonly reason: string }
  /** Status Cancelled or ApiCancelled, or code 202. */
  | {
      readonly type: 'order.cancelled';
      readonly reason: string;
      /** Shares filled as the broker says; null where it does not, as with a bare 202. */
      readonly filled: number | null;
    }
  /** The cancel was answered with "no such order" (10147) or "already dead" (10148). */
  | { readonly type: 'cancel.answered'; readonly reason: string }
  | { readonly type: 'cancel.refused'; readonly reason: string }
  /** Status Filled, while executions are missing. */
  | { readonly type: 'order.filled_reported'; readonly filled: number }
  | { readonly type: 'reprice.approved'; readonly limitPrice: number }
  | { readonly type: 'reprice.denied'; readonly reason: string }
  | { readonly type: 'CANCEL_WANTED'; readonly wanted: boolean; readonly reason: string }
  | { readonly type: 'STOPPING' }
  | { readonly type: 'broker.lost' }
  | { readonly type: 'broker.synced' }
  | {
      readonly type: 'read.done';
      readonly outcome: 'live' | 'dead' | 'absent';
      /** Held (Inactive, short locate): within its time, or beyond it. */
      readonly held: 'no' | 'waiting' | 'overdue';
      readonly filled: number;
      readonly traded: number;
      /** Shares that the broker says were filled; executions must add up to them. */
      readonly reported: number;
      readonly signature: string;
    }
  | { readonly type: 'read.failed' }
  | {
      readonly type: 'RESYNC';
      readonly intent: HedgeIntent | null;
      readonly orderRef: string;
      readonly order: HedgeOrder;
      readonly filled: number;
      readonly traded: number;
    }
  | { readonly type: 'TRY_RESYNC' }
  | { readonly type: 'MANUAL_RESUME' }
  /** What the order brought is booked by an operator's word: its executions never came. */
  | { readonly type: 'SETTLED_BY_HAND' }
  | {
      readonly type: 'timer.elapsed';
      readonly name: HedgeTimer;
      /** For `working`: a fresh quote within the collar and a reprice left. */
      readonly mayReprice: boolean;
    };

export type HedgeOutcome =
  | 'skipped'
  | 'filled'
  | 'partial'
  | 'cancelled'
  | 'never_live'
  | 'reject'
  | 'fault';

/** Attempts to resolve an unknown before a human must look. */
export const RESYNC_BUDGET = 5;

/** Of an order that the broker lists among those that are open. */
const ALIVE = { seen: true, terminal: false, told: false, refused: false } as const;

const IDLE_CONTEXT: HedgeContext = {
  intent: null,
  orderRef: null,
  order: null,
  filled: 0,
  traded: 0,
  reprices: 0,
  modifying: false,
  cancelWanted: false,
  stopping: false,
  brokerUp: true,
  terminal: false,
  reported: 0,
  told: false,
  refused: false,
  cancels: 0,
  found: false,
  seen: false,
  readSignature: null,
  resyncs: 0,
  reason: '',
};

/** What became of an order that is dead or done, from its fills. */
export function outcomeOf(context: HedgeContext): HedgeOutcome {
  const quantity = context.order?.quantity ?? 0;
  if (quantity > 0 && context.filled >= quantity) return 'filled';
  if (context.filled > 0) return 'partial';
  if (context.refused) return 'reject';
  return context.seen ? 'cancelled' : 'never_live';
}

/** The parameters of an `output` effect, read from the context at that point of the transition. */
function output(outcome: HedgeOutcome | 'resolved') {
  return {
    type: 'output' as const,
    params: ({ context }: { context: HedgeContext }): HedgeOutput => ({
      intent: context.intent,
      outcome: outcome === 'resolved' ? outcomeOf(context) : outcome,
      filled: context.filled,
      remaining: Math.max(0, (context.order?.quantity ?? 0) - context.filled),
      reason: context.reason,
    }),
  };
}

function timer(name: HedgeTimer) {
  return {
    start: { type: 'startTimer' as const, params: { name } },
    cancel: { type: 'cancelTimer' as const, params: { name } },
    elapsed: { type: 'isTimer' as const, params: { name } },
  };
}

const ACK = timer('ack');
const WORKING = timer('working');
const MISSING = timer('missing');
const CANCEL = timer('cancel');
const READ = timer('read');
const GRACE = timer('grace');
const SETTLE = timer('settle');
const LIMIT = timer('limit');
const BACKOFF = timer('backoff');

/** A fresh hedge machine; one for each book. */
export function createHedgeMachine() {
  const hedge = setup({
    types: { context: {} as HedgeContext, events: {} as HedgeEvent },
    guards: {
      belowMinimum: ({ event }) =>
        event.type === 'need.computed' && Math.abs(event.need) < event.minShares,
      cancelWanted: ({ context }) => context.cancelWanted,
      completes: ({ context, event }) =>
        event.type === 'order.executed' && event.filled >= (context.order?.quantity ?? 0),
      hasFills: ({ context }) => context.filled > 0,
      definiteRejectOfNew: ({ context, event }) =>
        event.type === 'order.rejected' && event.definite && !context.modifying,
      isTimer: ({ event }, params: { readonly name: HedgeTimer }) =>
        event.type === 'timer.elapsed' && event.name === params.name,
      workedLongMayReprice: ({ event }) =>
        event.type === 'timer.elapsed' && event.name === 'working' && event.mayReprice,
      liveAndUnwanted: ({ context, event }) =>
        isRead(event, 'live') && (isUnwanted(context) || event.held === 'overdue'),
      /** Held within its time: neither worked nor cancelled, looked at again. */
      held: ({ event }) => isRead(event, 'live') && event.held === 'waiting',
      liveWithFills: ({ event }) => isRead(event, 'live') && event.filled > 0,
      live: ({ event }) => isRead(event, 'live'),
      /**
       * Dead, proven so, and the last complete read said the very same. Fills that the broker
       * speaks of and no execution tells are owned already: another order would be a second one.
       */
      deadTwice: ({ context, event }) =>
        (isRead(event, 'dead') || (isRead(event, 'absent') && context.terminal)) &&
        event.traded >= Math.max(context.reported, event.reported) &&
        context.readSignature === event.signature,
      /** A stop has no time for a second read: the next start makes it, of an intent left open. */
      deadForStop: ({ context, event }) => context.stopping && isRead(event, 'dead'),
      unprovenAbsent: ({ context, event }) => isRead(event, 'absent') && !context.terminal,
      /** Reads run only while the broker can be asked; the sync after an outage is the next one. */
      mayReadAgain: ({ context, event }) =>
        event.type === 'timer.elapsed' && event.name === 'read' && context.brokerUp,
      /** While stopping, the answered cancel ends it: the next start's sync is the second read. */
      maySettleForStop: ({ context }) =>
        context.stopping && context.terminal && context.told && context.traded >= context.reported,
      /** Nobody has said what was filled before it died; a fill has had its time to show. */
      settledLong: ({ context, event }) =>
        event.type === 'timer.elapsed' &&
        event.name === 'settle' &&
        context.stopping &&
        context.terminal &&
        context.traded >= context.reported,
      /** A status that spoke of fills within the grace stands against the reads that agreed. */
      graceOver: ({ context, event }) =>
        event.type === 'timer.elapsed' &&
        event.name === 'grace' &&
        context.traded >= context.reported,
      /** Whatever of it was filled, the broker has said that nothing more will be. */
      saidToBeDone: ({ context }) => isSaidToBeDone(context),
      budgetLeft: ({ context }) => context.resyncs < RESYNC_BUDGET,
      backoffOver: ({ context, event }) =>
        event.type === 'timer.elapsed' &&
        event.name === 'backoff' &&
        context.resyncs < RESYNC_BUDGET,
    },
    actions: {
      computeNeed: () => undefined,
      reviewOrder: () => undefined,
      sendOrder: () => undefined,
      planReprice: () => undefined,
      modifyOrder: () => undefined,
      cancelOrder: () => undefined,
      requestRead: () => undefined,
      /** The limit's clock, and reads, run only while the broker can be asked. */
      beginRecovery: (_, _when: { readonly brokerUp: boolean }) => undefined,
      budgetSpent: () => undefined,
      startTimer: (_, _timer: { readonly name: HedgeTimer }) => undefined,
      cancelTimer: (_, _timer: { readonly name: HedgeTimer }) => undefined,
      output: (_, _output: HedgeOutput) => undefined,

      acceptIntent: assign(({ context, event }) =>
        event.type === 'RECV_TARGET'
          ? { ...IDLE_CONTEXT, ...levelsOf(context), intent: event.intent }
          : {},
      ),
      meetAgain: assign(({ context, event }) =>
        event.type === 'RESYNC'
          ? {
              ...IDLE_CONTEXT,
              ...levelsOf(context),
              intent: event.intent,
              orderRef: event.orderRef,
              order: event.order,
              filled: event.filled,
              traded: event.traded,
              found: true,
            }
          : {},
      ),
      dropIntent: assign({ intent: null }),
      planOrder: assign(({ event }) =>
        event.type === 'need.computed' ? { order: event.order } : {},
      ),
      nameOrder: assign(({ context }) => ({ orderRef: context.intent?.orderRef ?? null })),
      noteReason: assign(({ event }) => ('reason' in event ? { reason: event.reason } : {})),
      noteCancelWanted: assign(({ event }) =>
        event.type === 'CANCEL_WANTED' ? { cancelWanted: event.wanted } : {},
      ),
      noteFill: assign(({ event }) =>
        event.type === 'order.executed'
          ? { filled: event.filled, traded: event.traded, seen: true }
          : {},
      ),
      /** Whatever was said of its death before, as where a modify was refused, was not true. */
      noteAlive: assign(({ event }) =>
        event.type === 'read.done'
          ? { ...ALIVE, filled: event.filled, traded: event.traded, reported: event.reported }
          : ALIVE,
      ),
      noteAck: assign({ seen: true, modifying: false }),
      noteDead: assign(({ context, event }) => ({
        terminal: true,
        seen: true,
        told: context.told || (event.type === 'order.cancelled' && event.filled !== null),
        reported: Math.max(
          context.reported,
          (event.type === 'order.cancelled' ? event.filled : context.filled) ?? 0,
        ),
      })),
      /** Of a modify it says nothing about the order. It may come after a status of its own. */
      noteRefusal: assign(({ context, event }) =>
        event.type === 'order.rejected' && event.definite && !context.modifying
          ? { refused: true, reason: event.reason }
          : {},
      ),
      noteNoSuchOrder: assign({ terminal: true }),
      noteNewPrice: assign(({ context, event }) =>
        event.type === 'reprice.approved' && context.order !== null
          ? {
              modifying: true,
              reprices: context.reprices + 1,
              order: { ...context.order, limitPrice: event.limitPrice },
            }
          : {},
      ),
      noteReported: assign(({ context, event }) =>
        event.type === 'order.filled_reported'
          ? { reported: Math.max(context.reported, event.filled) }
          : {},
      ),
      noteRead: assign(({ context, event }) =>
        event.type === 'read.done'
          ? {
              readSignature: event.signature,
              filled: event.filled,
              traded: event.traded,
              reported: Math.max(context.reported, event.reported),
              told: true,
            }
          : {},
      ),
      countCancel: assign(({ context }) => ({ cancels: context.cancels + 1 })),
      forgetReads: assign({ readSignature: null }),
      noteBrokerLost: assign({ brokerUp: false, found: true, readSignature: null }),
      noteBrokerBack: assign({ brokerUp: true, found: true, readSignature: null }),
      noteBrokerUp: assign({ brokerUp: true }),
      noteBrokerDown: assign({ brokerUp: false }),
      noteStopping: assign({ stopping: true }),
      countResync: assign(({ context }) => ({ resyncs: context.resyncs + 1 })),
      newBudget: assign({ resyncs: 0 }),
      because: assign((_, params: { readonly reason: string }) => ({ reason: params.reason })),
    },
  });

  /** WORKING and PARTIAL differ in one thing only: whether something has been filled. */
  const working = hedge.createStateConfig({
    entry: WORKING.start,
    exit: [WORKING.cancel, MISSING.cancel],
    always: { guard: 'cancelWanted', target: 'CANCEL' },
    on: {
      'order.executed': [
        { guard: 'completes', target: 'FILLED', actions: 'noteFill' },
        { target: 'PARTIAL', actions: 'noteFill' },
      ],
      'order.filled_reported': { actions: ['noteReported', MISSING.start] },
      'order.cancelled': { target: 'RECOVER', actions: ['noteReason', 'noteDead'] },
      'order.unclear': { target: 'RECOVER', actions: 'noteReason' },
      'order.rejected': { target: 'RECOVER', actions: ['noteReason', 'noteRefusal'] },
      'broker.lost': { target: 'RECOVER', actions: 'noteBrokerLost' },
      'timer.elapsed': [
        { guard: 'workedLongMayReprice', target: 'REPRICE' },
        {
          guard: WORKING.elapsed,
          target: 'CANCEL',
          actions: { type: 'because', params: { reason: 'not filled in its working time' } },
        },
        {
          guard: MISSING.elapsed,
          target: 'RECOVER',
          actions: { type: 'because', params: { reason: 'filled, but executions are missing' } },
        },
      ],
    },
  });

  return hedge.createMachine({
    id: 'hedge',
    context: IDLE_CONTEXT,
    initial: 'EXEC_IDLE',
    // What holds in every state that does not answer the event itself. A level is noted here; the
    // states it concerns test it when they are entered and whenever it changes (`always`).
    on: {
      CANCEL_WANTED: { actions: ['noteCancelWanted', 'noteReason'] },
      STOPPING: { actions: 'noteStopping' },
      MANUAL_RESUME: { actions: 'newBudget' },
      'broker.lost': { actions: 'noteBrokerDown' },
      'broker.synced': { actions: 'noteBrokerUp' },
      'order.executed': { actions: 'noteFill' },
      'order.acknowledged': { actions: 'noteAck' },
      'order.rejected': { actions: 'noteRefusal' },
      'order.filled_reported': { actions: 'noteReported' },
    },
    states: {
      EXEC_IDLE: {
        on: {
          RECV_TARGET: { target: 'PLAN', actions: 'acceptIntent' },
          RESYNC: { target: 'RECOVER', actions: 'meetAgain' },
        },
      },

      PLAN: {
        entry: 'computeNeed',
        on: {
          'need.computed': [
            {
              guard: 'belowMinimum',
              target: 'EXEC_IDLE',
              actions: [output('skipped'), 'dropIntent'],
            },
            { target: 'SEND', actions: 'planOrder' },
          ],
        },
      },

      SEND: {
        entry: 'reviewOrder',
        always: {
          guard: 'cancelWanted',
          target: 'EXEC_IDLE',
          actions: [output('never_live'), 'dropIntent'],
        },
        on: {
          'order.approved': { target: 'WAIT_ACK', actions: ['nameOrder', 'sendOrder'] },
          'order.denied': {
            target: 'EXEC_IDLE',
            actions: ['noteReason', output('reject'), 'dropIntent'],
          },
        },
      },

      WAIT_ACK: {
        entry: ACK.start,
        exit: ACK.cancel,
        always: { guard: 'cancelWanted', target: 'CANCEL' },
        on: {
          'order.acknowledged': [
            { guard: 'hasFills', target: 'PARTIAL', actions: 'noteAck' },
            { target: 'WORKING', actions: 'noteAck' },
          ],
          'order.executed': [
            { guard: 'completes', target: 'FILLED', actions: 'noteFill' },
            { target: 'PARTIAL', actions: 'noteFill' },
          ],
          'order.rejected': [
            {
              guard: 'definiteRejectOfNew',
              target: 'FAIL',
              actions: ['noteReason', 'noteDead', output('reject'), 'dropIntent'],
            },
            { target: 'RECOVER', actions: 'noteReason' },
          ],
          'order.unclear': { target: 'RECOVER', actions: 'noteReason' },
          'order.cancelled': { target: 'RECOVER', actions: ['noteReason', 'noteDead'] },
          'broker.lost': { target: 'RECOVER', actions: 'noteBrokerLost' },
          'timer.elapsed': {
            guard: ACK.elapsed,
            target: 'RECOVER',
            actions: { type: 'because', params: { reason: 'no acknowledgement in time' } },
          },
        },
      },

      WORKING: working,

      PARTIAL: working,

      REPRICE: {
        entry: 'planReprice',
        always: { guard: 'cancelWanted', target: 'CANCEL' },
        on: {
          'reprice.approved': { target: 'WAIT_ACK', actions: ['noteNewPrice', 'modifyOrder'] },
          'reprice.denied': { target: 'CANCEL', actions: 'noteReason' },
          'order.executed': [
            { guard: 'completes', target: 'FILLED', actions: 'noteFill' },
            { target: 'PARTIAL', actions: 'noteFill' },
          ],
          'broker.lost': { target: 'RECOVER', actions: 'noteBrokerLost' },
        },
      },

      CANCEL: {
        entry: ['countCancel', 'cancelOrder', CANCEL.start],
        exit: CANCEL.cancel,
        on: {
          'order.executed': [
            { guard: 'completes', target: 'FILLED', actions: 'noteFill' },
            { actions: 'noteFill' },
          ],
          'order.cancelled': { target: 'RECOVER', actions: 'noteDead' },
          'cancel.answered': { target: 'RECOVER', actions: 'noteNoSuchOrder' },
          'cancel.refused': { target: 'RECOVER', actions: 'noteReason' },
          'order.rejected': { target: 'RECOVER', actions: ['noteReason', 'noteRefusal'] },
          'order.unclear': { target: 'RECOVER', actions: 'noteReason' },
          'broker.lost': { target: 'RECOVER', actions: 'noteBrokerLost' },
          'timer.elapsed': {
            guard: CANCEL.elapsed,
            target: 'RECOVER',
            actions: { type: 'because', params: { reason: 'the cancel was not answered' } },
          },
        },
      },

      RECOVER: {
        entry: [
          'forgetReads',
          SETTLE.start,
          {
            type: 'beginRecovery',
            params: ({ context }) => ({ brokerUp: context.brokerUp }),
          },
        ],
        exit: [LIMIT.cancel, READ.cancel, GRACE.cancel, SETTLE.cancel],
        always: {
          guard: 'maySettleForStop',
          target: 'EXEC_IDLE',
          actions: [output('resolved'), 'dropIntent'],
        },
        on: {
          'read.done': [
            { guard: 'liveAndUnwanted', target: 'CANCEL', actions: 'noteAlive' },
            // Its fate is known, so the limit of the unknown begins anew.
            { guard: 'held', actions: ['noteAlive', LIMIT.start, READ.start] },
            { guard: 'liveWithFills', target: 'PARTIAL', actions: 'noteAlive' },
            { guard: 'live', target: 'WORKING', actions: 'noteAlive' },
            {
              guard: 'deadForStop',
              actions: ['noteRead', 'noteNoSuchOrder', GRACE.cancel, READ.start],
            },
            { guard: 'deadTwice', actions: ['noteRead', READ.cancel, GRACE.start] },
            {
              guard: 'unprovenAbsent',
              actions: ['noteRead', 'countCancel', 'cancelOrder', READ.start],
            },
            { actions: ['noteRead', GRACE.cancel, READ.start] },
          ],
          'read.failed': { actions: READ.start },
          'order.executed': { actions: ['noteFill', 'forgetReads', GRACE.cancel, READ.start] },
          'order.cancelled': { actions: 'noteDead' },
          'cancel.answered': { actions: 'noteNoSuchOrder' },
          'broker.lost': {
            actions: ['noteBrokerLost', LIMIT.cancel, READ.cancel, GRACE.cancel],
          },
          'broker.synced': { actions: ['noteBrokerBack', LIMIT.start] },
          STOPPING: { actions: ['noteStopping', SETTLE.start] },
          'timer.elapsed': [
            { guard: 'mayReadAgain', actions: 'requestRead' },
            {
              guard: 'settledLong',
              target: 'EXEC_IDLE',
              actions: [output('resolved'), 'dropIntent'],
            },
            {
              guard: 'graceOver',
              target: 'EXEC_IDLE',
              actions: [output('resolved'), 'dropIntent', 'newBudget'],
            },
            { guard: GRACE.elapsed, actions: ['forgetReads', READ.start] },
            {
              guard: LIMIT.elapsed,
              target: 'FAIL',
              actions: [
                { type: 'because', params: { reason: 'not resolved within the limit' } },
                output('fault'),
                'dropIntent',
              ],
            },
          ],
        },
      },

      FILLED: {
        entry: [output('filled'), 'dropIntent', 'newBudget'],
        on: {
          RECV_TARGET: { target: 'PLAN', actions: 'acceptIntent' },
          RESYNC: { target: 'RECOVER', actions: 'meetAgain' },
        },
      },

      FAIL: {
        entry: BACKOFF.start,
        exit: BACKOFF.cancel,
        on: {
          RESYNC: { target: 'RECOVER', actions: 'meetAgain' },
          TRY_RESYNC: { guard: 'budgetLeft', target: 'RECOVER', actions: 'countResync' },
          MANUAL_RESUME: { target: 'RECOVER', actions: 'newBudget' },
          SETTLED_BY_HAND: {
            guard: 'saidToBeDone',
            target: 'EXEC_IDLE',
            actions: ['noteNoSuchOrder', 'newBudget'],
          },
          'broker.lost': { actions: ['noteBrokerLost', BACKOFF.cancel] },
          'broker.synced': { actions: ['noteBrokerBack', BACKOFF.start] },
          'timer.elapsed': [
            { guard: 'backoffOver', target: 'RECOVER', actions: 'countResync' },
            { guard: BACKOFF.elapsed, actions: 'budgetSpent' },
          ],
        },
      },
    },
  });
}

/** The broker calls it cancelled, or filled to its last share. */
export function isSaidToBeDone({ terminal, reported, order }: HedgeContext): boolean {
  return terminal || (order !== null && reported >= order.quantity);
}

/** Live, but to be ended: not wanted any more, met again after an outage, or answered already. */
function isUnwanted({ cancelWanted, found, intent }: HedgeContext): boolean {
  return cancelWanted || found || intent === null;
}

/** Levels that outlive an intent: they are set and lowered by the world, not by an order. */
function levelsOf(context: HedgeContext) {
  const { cancelWanted, stopping, brokerUp, resyncs } = context;
  return { cancelWanted, stopping, brokerUp, resyncs };
}

function isRead<O extends 'live' | 'dead' | 'absent'>(
  event: HedgeEvent,
  outcome: O,
): event is Extract<HedgeEvent, { type: 'read.done' }> & { readonly outcome: O } {
  return event.type === 'read.done' && event.outcome === outcome;
}
