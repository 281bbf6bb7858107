/**
 * What must really have happened in a hundred seeds: a simulation that never meets a fault or a
 * state has shown nothing about it. Rarer things are counted and not promised.
 */

import { FAULTS } from './faults.ts';

const TRADING = [
  ...['SYNC', 'IDLE', 'ARMED', 'MONITOR', 'NO_TRADE', 'PAUSE_COST', 'PAUSE_LIQ', 'NEED_HEDGE'],
  ...['HEDGING', 'SAFE'],
];
const HEDGE = [
  ...['EXEC_IDLE', 'PLAN', 'SEND', 'WAIT_ACK', 'WORKING', 'PARTIAL', 'REPRICE', 'CANCEL'],
  ...['RECOVER', 'FILLED'],
];
/** Public labels; `idle` and `standby` need a lease that somebody else holds. */
const DAEMON = [
  ...['connecting', 'waiting_ib', 'connected', 'running', 'degraded', 'running_suspended'],
  ...['flattening', 'stopping', 'stopped'],
];
const COMMANDS = ['suspend', 'resume', 'flatten', 'hedge_now', 'cancel_all', 'adopt', 'stop'];

export const PROMISED: readonly string[] = [
  ...FAULTS.map((name) => `fault ${name}`),
  ...TRADING.map((state) => `trading ${state}`),
  ...HEDGE.map((state) => `hedge ${state}`),
  ...DAEMON.map((state) => `daemon ${state}`),
  ...COMMANDS.map((name) => `${name} taken`),
  ...['filled', 'partial', 'cancelled', 'never_live', 'reject'].map((one) => `outcome ${one}`),
  ...['hedge', 'flatten', 'hedge_now'].map((purpose) => `order of ${purpose}`),
  ...[
    'modification of hedge',
    'latch position_break',
    'latch corporate_action',
    'died in a write',
    'broke',
    'stopped',
  ],
  ...['no start on a bad disk', 'bytes cut', 'bytes read slowly'],
];
