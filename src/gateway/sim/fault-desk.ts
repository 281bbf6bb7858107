/**
 * Injects faults: at their time on the scenario's timeline, or when the admin port says so. Each
 * is written to the ledger when it begins and when it ends, and what is done to connections goes
 * out as an event, in order with everything else.
 */

import assert from 'node:assert/strict';
import type { Random } from '../../runtime/random.ts';
import type { Adjustment, SplitTerms } from './corporate.ts';
import { type FaultInput, timeOfFault } from './fault-schema.ts';
import type { Scenario } from './scenario.ts';
import type { Turn } from './turn.ts';
import type { ConnectionFault } from './venue.ts';

export interface FaultDesk {
  inject(fault: FaultInput): void;
  /** When the next one begins or ends; Infinity when none does. */
  nextDue(): number;
  runDue(): void;
}

/** What a fault does to the market and the account; the exchange provides it. */
export interface FaultHooks {
  /** Tells what is shown of these lines again; undefined: of all. */
  refresh(symbol: string | undefined): void;
  move(symbol: string | undefined, pct: number): void;
  trade(fault: Extract<FaultInput, { type: 'manual_trade' }>): void;
  dividend(symbol: string, amount: number): void;
  exercise(fault: Extract<FaultInput, { type: 'exercise' }>): void;
  split(symbol: string, terms: SplitTerms): void;
  adjust(adjustment: Adjustment): void;
}

interface Due {
  readonly at: number;
  readonly fault: FaultInput;
}

export function createFaultDesk(
  turn: Turn,
  hooks: FaultHooks,
  random: Random,
  isResumed: boolean,
): FaultDesk {
  const { faults: board, now } = turn;
  const inject = (fault: FaultInput): void => {
    begin({ turn, hooks, random, inject }, fault);
  };
  // What was due before a restart has happened; standing faults do not outlive the process.
  const timeline = timelineOf(turn.scenario).filter(({ at }) => !isResumed || at > turn.state.now);
  return {
    inject,
    nextDue: () => Math.min(timeline[0]?.at ?? Number.POSITIVE_INFINITY, board.nextEnd()),
    runDue() {
      for (const fault of board.expire(now())) {
        note(turn, fault, { on: false });
        perform(turn, hooks, fault, false);
      }
      while ((timeline[0]?.at ?? Number.POSITIVE_INFINITY) <= now()) {
        const due = timeline.shift();
        assert(due !== undefined);
        inject(due.fault);
      }
    },
  };
}

function timelineOf({ start, faults }: Scenario): Due[] {
  return faults
    .map((entry) => ({ at: timeOfFault(start, entry), fault: entry.fault }))
    .sort((a, b) => a.at - b.at);
}

interface Beginning {
  readonly turn: Turn;
  readonly hooks: FaultHooks;
  readonly random: Random;
  readonly inject: (fault: FaultInput) => void;
}

function begin({ turn, hooks, random, inject }: Beginning, fault: FaultInput): void {
  switch (fault.type) {
    case 'gap': {
      const pct = fault.pct ?? (random.integer(2) === 0 ? -3 : 3);
      note(turn, fault, { pct });
      hooks.move(fault.symbol, pct);
      return;
    }
    case 'manual_trade':
      note(turn, fault, {});
      hooks.trade(fault);
      return;
    case 'dividend':
      note(turn, fault, {});
      hooks.dividend(fault.symbol, fault.amount);
      return;
    case 'exercise':
      note(turn, fault, {});
      hooks.exercise(fault);
      return;
    case 'split':
      note(turn, fault, {});
      hooks.split(fault.symbol, fault);
      return;
    case 'adjust_options':
      note(turn, fault, {});
      hooks.adjust(fault);
      return;
    case 'daily_restart':
      note(turn, fault, {});
      tell(turn, { kind: 'disconnect' });
      inject({ type: 'refuse_connect', on: true, for_s: fault.down_s });
      return;
    default:
      note(turn, fault, {});
      if ('on' in fault) arm(turn, fault);
      perform(turn, hooks, fault, !('on' in fault) || fault.on);
  }
}

type StandingFault = Extract<FaultInput, { on: boolean }>;

function arm(turn: Turn, fault: StandingFault): void {
  if (!fault.on) {
    turn.faults.disarm(fault);
    return;
  }
  const { for_s: seconds } = fault;
  const until = seconds === undefined ? Number.POSITIVE_INFINITY : turn.now() + seconds * 1000;
  const isHitting = !STANDING.has(fault.type);
  const once = isHitting && seconds === undefined ? 1 : Number.POSITIVE_INFINITY;
  const count = 'count' in fault ? (fault.count ?? once) : once;
  turn.faults.arm(fault, until, count);
}

const QUOTE_FAULTS: ReadonlySet<string> = new Set([
  'stale_quotes',
  'crossed_quotes',
  'wide_spread',
  'nan_greeks',
  'no_prices',
  'zero_bid',
  'halt',
]);

/** Faults that are a state and not a number of hits. */
const STANDING: ReadonlySet<string> = new Set([
  ...QUOTE_FAULTS,
  'half_open',
  'refuse_connect',
  'client_id_in_use',
  'read_only',
  'slow_consumer',
  'partial_fills',
]);

/** What a fault does at its beginning and its end. */
function perform(turn: Turn, hooks: FaultHooks, fault: FaultInput, on: boolean): void {
  if (QUOTE_FAULTS.has(fault.type)) hooks.refresh('symbol' in fault ? fault.symbol : undefined);
  switch (fault.type) {
    case 'disconnect':
      tell(turn, { kind: 'disconnect' });
      return;
    case 'half_open':
      tell(turn, { kind: 'silence', on });
      return;
    case 'refuse_connect':
      tell(turn, { kind: 'refuse', on });
      return;
    case 'client_id_in_use':
      tell(turn, { kind: 'claim', on, clientId: fault.client_id ?? null });
      return;
    case 'read_only':
      tell(turn, { kind: 'read_only', on });
      return;
    case 'slow_consumer':
      tell(turn, { kind: 'slow', delayMs: on ? fault.delay_ms : 0 });
      return;
    case 'pacing':
      tell(turn, { kind: 'pacing', disconnect: fault.disconnect });
      return;
    case 'line_error':
      tell(turn, { kind: 'lines', code: fault.code });
      return;
    default:
      if (fault.type.startsWith('code_')) {
        tell(turn, { kind: 'system', code: Number(fault.type.slice('code_'.length)) });
      }
  }
}

function tell(turn: Turn, fault: ConnectionFault): void {
  turn.tell({ type: 'connection', fault });
}

function note(turn: Turn, fault: FaultInput, details: Readonly<Record<string, unknown>>): void {
  const shown = Object.entries(fault).filter(([key, value]) => value !== undefined && key !== 'ts');
  const record = { ...Object.fromEntries(shown), ...details, type: fault.type, ts: turn.now() };
  turn.apply({ kind: 'fault', fault: record });
}
