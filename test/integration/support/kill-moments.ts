/** Moments at which a daemon is killed, by what it was doing; each must end well. */

import type { Moment } from './killer.ts';

/** What is going on when it dies. */
export type Work =
  /** A hedge, filled in one piece. */
  | 'hedge'
  /** A hedge that fills share by share. */
  | 'parts'
  /** A hedge that is being filled is called off by a suspension. */
  | 'cancel'
  /** Our shares are being closed. */
  | 'flatten'
  /** It has just been killed with an order of unknown fate, and reads the broker again. */
  | 'recover';

export interface KillMoment extends Moment {
  readonly name: string;
  readonly work: Work;
}

/** The record of a turn that came from this input, or that did this. */
const RECORD = {
  intent: '"order.submit"',
  ack: '"order.report".*"status":"(PreSubmitted|Submitted)"',
  execution: '"type":"execution"',
  commission: '"type":"commission"',
  filled: '"order.report".*"status":"Filled"',
  cancel: '"order.cancel"',
  cancelled: '"order.report".*"status":"Cancelled"',
  code202: '"order.error".*"code":202',
  boot: '"type":"boot"',
  linkUp: '"link.up"',
  sync: '"read.done"',
} as const;

/** Messages of the TWS protocol, by their first fields. */
const SENT = {
  // Ours carry a reference, with colons; the test whether orders are taken has none.
  order: '^3\\|.*:',
  orderTest: '^3\\|[^:]*$',
  cancel: '^4\\|',
  allOrders: '^16\\|',
  executions: '^7\\|',
  contract: '^9\\|',
} as const;
const HEARD = {
  openOrder: '^5\\|.*:',
  status: '^3\\|',
  filled: '^3\\|\\d+\\|Filled',
  cancelled: '^3\\|\\d+\\|Cancelled',
  execution: '^11\\|',
  commission: '^59\\|',
  code202: '^4\\|2\\|\\d+\\|202\\|',
  nextId: '^9\\|',
  openOrdersEnd: '^53\\|',
  completedEnd: '^102\\|',
  executionsEnd: '^55\\|',
  positionsEnd: '^62\\|',
  summaryEnd: '^64\\|',
  contractEnd: '^52\\|',
} as const;

const record = (work: Work, when: Moment['when'], what: keyof typeof RECORD, nth = 1) =>
  ({ work, place: 'journal', when, match: RECORD[what], nth, name: '' }) as const;
const sent = (work: Work, when: 'before' | 'after', what: keyof typeof SENT) =>
  ({ work, place: 'wire', when, match: SENT[what], nth: 1, name: '' }) as const;
const heard = (work: Work, when: 'before' | 'after', what: keyof typeof HEARD, nth = 1) =>
  ({ work, place: 'heard', when, match: HEARD[what], nth, name: '' }) as const;

const named = (moments: Readonly<Record<string, Omit<KillMoment, 'name'>>>) =>
  Object.entries(moments).map(([name, moment]): KillMoment => ({ ...moment, name }));

export const KILL_MOMENTS: readonly KillMoment[] = named({
  'before the intent is in the journal': record('hedge', 'before', 'intent'),
  'while the intent is written': record('hedge', 'half', 'intent'),
  'after the intent is in the journal': record('hedge', 'after', 'intent'),
  'before the order is on the wire': sent('hedge', 'before', 'order'),
  'after the order is on the wire': sent('hedge', 'after', 'order'),
  'before the acknowledgement is heard': heard('hedge', 'before', 'openOrder'),
  'after the acknowledgement is heard': heard('hedge', 'after', 'openOrder'),
  'before the acknowledgement is in the journal': record('hedge', 'before', 'ack'),
  'while the acknowledgement is written': record('hedge', 'half', 'ack'),
  'after the acknowledgement is in the journal': record('hedge', 'after', 'ack'),
  'before the fill is heard': heard('hedge', 'before', 'execution'),
  'after the fill is heard': heard('hedge', 'after', 'execution'),
  'before the fill is in the journal': record('hedge', 'before', 'execution'),
  'while the fill is written': record('hedge', 'half', 'execution'),
  'after the fill is in the journal': record('hedge', 'after', 'execution'),
  'before the commission is heard': heard('hedge', 'before', 'commission'),
  'before the commission is in the journal': record('hedge', 'before', 'commission'),
  'after the commission is in the journal': record('hedge', 'after', 'commission'),
  'before the status Filled is heard': heard('hedge', 'before', 'filled'),
  'after the status Filled is in the journal': record('hedge', 'after', 'filled'),

  'after the first fill of several': record('parts', 'after', 'execution'),
  'before the second fill is heard': heard('parts', 'before', 'execution', 2),
  'while the second fill is written': record('parts', 'half', 'execution', 2),
  'between the third and the fourth fill': record('parts', 'after', 'execution', 3),
  'before the fifth fill is in the journal': record('parts', 'before', 'execution', 5),

  'before the cancel is in the journal': record('cancel', 'before', 'cancel'),
  'after the cancel is in the journal': record('cancel', 'after', 'cancel'),
  'before the cancel is on the wire': sent('cancel', 'before', 'cancel'),
  'after the cancel is on the wire': sent('cancel', 'after', 'cancel'),
  'before the status Cancelled is heard': heard('cancel', 'before', 'cancelled'),
  'after the status Cancelled is in the journal': record('cancel', 'after', 'cancelled'),
  'before code 202 is heard': heard('cancel', 'before', 'code202'),

  'before the flatten is on the wire': sent('flatten', 'before', 'order'),
  'after the flatten is on the wire': sent('flatten', 'after', 'order'),
  'before the fill of the flatten is in the journal': record('flatten', 'before', 'execution'),
  'after the fill of the flatten is in the journal': record('flatten', 'after', 'execution'),

  'before the first record of the next start': record('recover', 'before', 'boot'),
  'after the first record of the next start': record('recover', 'after', 'boot'),
  'before the next start hears its order id': heard('recover', 'before', 'nextId'),
  'after the connection is in the journal': record('recover', 'after', 'linkUp'),
  'before the open orders are asked for': sent('recover', 'before', 'allOrders'),
  'before the end of the open orders is heard': heard('recover', 'before', 'openOrdersEnd', 2),
  'after the end of the completed orders is heard': heard('recover', 'after', 'completedEnd'),
  'before the end of the executions is heard': heard('recover', 'before', 'executionsEnd'),
  'after the end of the positions is heard': heard('recover', 'after', 'positionsEnd'),
  'before the end of the account is heard': heard('recover', 'before', 'summaryEnd'),
  'before the contract is known': heard('recover', 'before', 'contractEnd'),
  'before the test of orders is on the wire': sent('recover', 'before', 'orderTest'),
  'after the test of orders is on the wire': sent('recover', 'after', 'orderTest'),
  'before the sync is in the journal': record('recover', 'before', 'sync'),
  'while the sync is written': record('recover', 'half', 'sync'),
  'after the sync is in the journal': record('recover', 'after', 'sync'),
});

/** Those that `npm test` runs: one of each kind of work, and one torn record. */
export const KILL_SAMPLE: readonly string[] = [
  'before the order is on the wire',
  'before the acknowledgement is heard',
  'while the fill is written',
  'between the third and the fourth fill',
  'after the flatten is on the wire',
  'before the sync is in the journal',
];
