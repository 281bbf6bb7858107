/** Events of the hedge machine as its tests write them, and how each of its states is reached. */

import type { HedgeEvent, HedgeIntent, HedgeTimer } from '../../machines/hedge.ts';

type EventOf<T extends HedgeEvent['type']> = Extract<HedgeEvent, { readonly type: T }>;

export const INTENT: HedgeIntent = { orderRef: 'demo:j:7', purpose: 'hedge', targetShares: -112 };
export const ORDER = { side: 'SELL', quantity: 112, limitPrice: 449.98 } as const;

export const RECV: HedgeEvent = { type: 'RECV_TARGET', intent: INTENT };
export const NEED: HedgeEvent = {
  type: 'need.computed',
  need: -112,
  minShares: 10,
  order: ORDER,
};
export const TOO_SMALL: HedgeEvent = { ...NEED, need: -9 };
export const APPROVED: HedgeEvent = { type: 'order.approved' };
export const DENIED: HedgeEvent = { type: 'order.denied', reason: 'max_position' };
export const ACK: HedgeEvent = { type: 'order.acknowledged' };
export const UNCLEAR: HedgeEvent = { type: 'order.unclear', reason: 'held' };
export const ANSWERED: HedgeEvent = { type: 'cancel.answered', reason: '10147' };
export const REFUSED: HedgeEvent = { type: 'cancel.refused', reason: '161' };
export const REPORTED_FILLED: HedgeEvent = { type: 'order.filled_reported', filled: 112 };
export const REPRICED: HedgeEvent = { type: 'reprice.approved', limitPrice: 449.9 };
export const NOT_REPRICED: HedgeEvent = { type: 'reprice.denied', reason: 'collar' };
export const WANT: HedgeEvent = { type: 'CANCEL_WANTED', wanted: true, reason: 'suspended' };
export const UNWANT: HedgeEvent = { type: 'CANCEL_WANTED', wanted: false, reason: '' };
export const STOPPING: HedgeEvent = { type: 'STOPPING' };
export const LOST: HedgeEvent = { type: 'broker.lost' };
export const SYNCED: HedgeEvent = { type: 'broker.synced' };
export const READ_FAILED: HedgeEvent = { type: 'read.failed' };
export const TRY_RESYNC: HedgeEvent = { type: 'TRY_RESYNC' };
export const MANUAL: HedgeEvent = { type: 'MANUAL_RESUME' };
export const SETTLED: HedgeEvent = { type: 'SETTLED_BY_HAND' };
export const RESYNC: HedgeEvent = {
  type: 'RESYNC',
  intent: INTENT,
  orderRef: INTENT.orderRef,
  order: ORDER,
  filled: 0,
  traded: 0,
};
/** A live order that carries our name, and that no intent of ours explains. */
export const STRAY: HedgeEvent = { ...RESYNC, intent: null, orderRef: 'demo:other:3' };

/** `traded`: by what was told before a correction lowered it. */
export const fill = (filled: number, traded = filled): HedgeEvent => ({
  type: 'order.executed',
  filled,
  traded,
});
export const reject = (definite: boolean): HedgeEvent => ({
  type: 'order.rejected',
  definite,
  reason: '201',
});
/** `null`: a bare 202, which does not say. */
export const cancelled = (filled: number | null = 0): HedgeEvent => ({
  type: 'order.cancelled',
  reason: 'status Cancelled',
  filled,
});
export const elapsed = (name: HedgeTimer, mayReprice = false): HedgeEvent => ({
  type: 'timer.elapsed',
  name,
  mayReprice,
});
export function read(
  outcome: EventOf<'read.done'>['outcome'],
  filled = 0,
  held: EventOf<'read.done'>['held'] = 'no',
  reported = filled,
  traded = filled,
): HedgeEvent {
  const signature = `${outcome}/${filled}`;
  return { type: 'read.done', outcome, held, filled, traded, reported, signature };
}

const waitAck = [RECV, NEED, APPROVED];
const working = [...waitAck, ACK];
const recover = [...waitAck, elapsed('ack')];

/** How each state is reached from the beginning. */
export const PATHS = {
  EXEC_IDLE: [],
  PLAN: [RECV],
  SEND: [RECV, NEED],
  WAIT_ACK: waitAck,
  WORKING: working,
  PARTIAL: [...working, fill(40)],
  REPRICE: [...working, elapsed('working', true)],
  CANCEL: [...working, WANT, UNWANT],
  RECOVER: recover,
  FILLED: [...working, fill(112)],
  FAIL: [...recover, elapsed('limit')],
} as const satisfies Readonly<Record<string, readonly HedgeEvent[]>>;

export type StateName = keyof typeof PATHS;
export const STATES = Object.keys(PATHS) as StateName[];

/** One step: from where, by what, to where, with which effects, after which events. */
export type Row = readonly [
  from: StateName,
  event: HedgeEvent,
  to: StateName,
  effects?: readonly string[],
  before?: readonly HedgeEvent[],
];

/** Events that lead on come often, so that walks get somewhere. */
export const LEADING: readonly HedgeEvent[] = [
  NEED,
  APPROVED,
  ACK,
  elapsed('working', true),
  REPRICED,
];
const TIMERS: readonly HedgeTimer[] = [
  'ack',
  'working',
  'missing',
  'cancel',
  'read',
  'grace',
  'settle',
  'limit',
  'backoff',
];
/** One of each kind, and of each answer. */
export const ANY: readonly HedgeEvent[] = [
  ...[TOO_SMALL, DENIED, UNCLEAR, ANSWERED, REFUSED, REPORTED_FILLED, NOT_REPRICED, WANT, UNWANT],
  ...[LOST, SYNCED, READ_FAILED, TRY_RESYNC, MANUAL, SETTLED, reject(true), reject(false)],
  ...[fill(40), fill(70), fill(112), cancelled(0), cancelled(40), cancelled(null)],
  ...[read('live'), read('live', 40), read('dead'), read('dead', 40), read('absent')],
  ...[read('live', 0, 'waiting'), read('live', 0, 'overdue')],
  ...TIMERS.map((name) => elapsed(name)),
];
