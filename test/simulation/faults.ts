/**
 * What can go wrong: each kind with what it does to the world. When, for how long and in which
 * combination is drawn from the seed; see `fault-list.ts`.
 */

import { type FaultInput, faultSchema } from '../../src/gateway/sim/fault-schema.ts';
import type { ControlCommand } from '../../src/protocol/control.ts';
import type { Weather } from './wires.ts';

export interface Fault {
  /** Virtual ms since the start. */
  readonly at: number;
  readonly name: FaultName;
  readonly forMs: number;
  readonly size: number;
  readonly symbol: string;
}

type ThreadName = 'market' | 'persistence';

/** What a fault can do to the world. */
export interface Breakable {
  /** A fault of the exchange or its gateway. */
  inject(fault: FaultInput): void;
  /** Calls after so many virtual ms, or when healing begins. */
  later(ms: number, undo: () => void): void;
  kill(restartMs: number): void;
  killDuringWrite(share: number, restartMs: number): void;
  powerCut(share: number, restartMs: number): void;
  freeze(): void;
  thaw(): void;
  killThread(name: ThreadName): void;
  hangThread(name: ThreadName): void;
  resumeThread(name: ThreadName): void;
  /** Exchange and gateway end, and start again from what the exchange wrote down. */
  restartExchange(downMs: number): void;
  /** Two new shares for each old one, and new options, in the middle of a day; once a stock. */
  split(symbol: string): void;
  /** Moves the clock on the wall of the daemon's machine. */
  stepWall(ms: number): void;
  readonly network: {
    readonly weather: Weather;
    resetAll(): void;
    stall(on: boolean): void;
    /** Connections that stand now carry nothing any more, and neither end is told. */
    swallow(): void;
    /** What was swallowed is reset at last. */
    spit(): void;
  };
  readonly disk: { trouble: 'none' | 'full' | 'writes fail' | 'syncs fail' };
  readonly database: { down: boolean };
  readonly operator: {
    ask(command: ControlCommand): void;
    /** A share of what is not ours; of some size it is more than there is. */
    adopt(symbol: string, size: number): void;
    /** The configuration file was edited: another band and another cooldown for a book. */
    editConfig(symbol: string, size: number): void;
    /** It was edited, and cannot be used. */
    spoilConfig(): void;
  };
}

type Strike = (world: Breakable, fault: Fault) => void;

/** A fault of the exchange, with the fields that its schema asks for. */
function exchange(fields: (fault: Fault) => object): Strike {
  return (world, fault) => world.inject(faultSchema.parse(fields(fault)));
}

/** One that stands for its time. */
function standing(type: string, more: (fault: Fault) => object = () => ({})): Strike {
  return exchange((fault) => ({ type, for_s: seconds(fault), ...more(fault) }));
}

/** One that hits the next few orders or reports. */
function hitting(type: string, more: (fault: Fault) => object = () => ({})): Strike {
  return exchange((fault) => ({ type, count: 1 + (fault.forMs % 3), ...more(fault) }));
}

function asking(command: (fault: Fault) => ControlCommand): Strike {
  return (world, fault) => world.operator.ask(command(fault));
}

function seconds({ forMs }: Fault): number {
  return Math.max(1, Math.round(forMs / 1000));
}

function restartMs({ forMs }: Fault): number {
  return 500 + (forMs % 5000);
}

function share({ size }: Fault): number {
  return Math.abs(size) % 1;
}

/** Something is so, and after the fault's time it is as before. */
function forItsTime(
  begin: (world: Breakable, fault: Fault) => void,
  end: (world: Breakable) => void,
): Strike {
  return (world, fault) => {
    begin(world, fault);
    world.later(fault.forMs, () => end(world));
  };
}

const ofSymbol = ({ symbol }: Fault): object => ({ symbol });

const OUTAGE_MS = 600_000;
/** A new order is refused for its size, its price, its account, or nobody knows why. */
const REJECT_CODES = [201, 110, 103, 321, 10_020] as const;

const STRIKES = {
  disconnect: exchange(() => ({ type: 'disconnect' })),
  half_open: standing('half_open'),
  refuse_connect: (world, fault) => {
    standing('refuse_connect')(world, fault);
    world.network.resetAll();
  },
  client_id_in_use: standing('client_id_in_use'),
  slow_gateway: standing('slow_consumer', ({ size }) => ({
    delay_ms: 50 + Math.round(Math.abs(size) * 2000),
  })),
  pacing: exchange(({ size }) => ({ type: 'pacing', disconnect: size > 1 })),
  line_error: exchange(({ forMs }) => ({
    type: 'line_error',
    code: forMs % 2 === 0 ? 354 : 10_197,
  })),
  farm_down: (world, { forMs }) => {
    world.inject({ type: 'code_2103' });
    world.later(forMs, () => world.inject({ type: 'code_2104' }));
  },
  upstream_1101: (world, fault) => upstream(world, fault, 'code_1101'),
  upstream_1102: (world, fault) => upstream(world, fault, 'code_1102'),
  gateway_restart: exchange(({ forMs }) => ({ type: 'daily_restart', down_s: 1 + forMs / 2000 })),
  exchange_restart: (world, fault) => world.restartExchange(restartMs(fault)),
  id_rollback: hitting('next_id_rollback'),
  slow_ack: hitting('slow_ack', ({ forMs }) => ({ delay_ms: 500 + forMs })),
  no_ack: hitting('no_ack'),
  drop_order: hitting('drop_order'),
  reject: hitting('reject', ({ forMs, size }) => ({
    code: REJECT_CODES[forMs % REJECT_CODES.length] ?? 201,
    status: size > 0 ? 'Inactive' : 'Cancelled',
  })),
  locate: hitting('locate', ({ forMs }) => ({ delay_ms: 500 + forMs })),
  order_message: hitting('order_message'),
  partial_fills: standing('partial_fills', () => ({ max_size: 20 })),
  late_fill: hitting('late_fill_after_cancel'),
  duplicate_status: hitting('duplicate_status'),
  reorder_status: hitting('reorder_status'),
  duplicate_execution: hitting('duplicate_execution'),
  correction: hitting('execution_correction'),
  late_commission: hitting('late_commission'),
  missing_commission: hitting('missing_commission'),
  stale_quotes: standing('stale_quotes', ofSymbol),
  crossed_quotes: standing('crossed_quotes', ofSymbol),
  wide_spread: standing('wide_spread', ofSymbol),
  extreme_spread: standing('wide_spread', ({ symbol }) => ({ symbol, factor: 120 })),
  no_prices: standing('no_prices', ofSymbol),
  zero_bid: standing('zero_bid', ofSymbol),
  nan_greeks: standing('nan_greeks', ofSymbol),
  halt: standing('halt', ofSymbol),
  gap: exchange(({ symbol, size }) => ({
    ...{ type: 'gap', symbol, pct: Math.max(-5, Math.min(5, size)) },
  })),
  dividend: exchange(({ symbol, size }) => ({
    ...{ type: 'dividend', symbol, amount: 0.05 + Math.abs(size) / 4 },
  })),
  exercise: exchange(({ symbol, size }) => ({
    ...{ type: 'exercise', symbol, right: size > 0 ? 'C' : 'P' },
    quantity: 1 + Math.round(Math.abs(size)),
  })),
  split: (world, { symbol }) => world.split(symbol),
  manual_trade: exchange(({ symbol, size }) => ({
    ...{ type: 'manual_trade', symbol, side: size > 0 ? 'BUY' : 'SELL' },
    quantity: 10 + Math.round(Math.abs(size) * 50),
  })),
  reset: (world) => world.network.resetAll(),
  partition: forItsTime(
    ({ network }) => network.stall(true),
    ({ network }) => network.stall(false),
  ),
  swallowed: forItsTime(
    ({ network }) => network.swallow(),
    ({ network }) => network.spit(),
  ),
  slow_network: forItsTime(
    ({ network: { weather } }, { size }) => {
      weather.delayMs = 300 + Math.abs(size) * 2000;
    },
    ({ network: { weather } }) => {
      weather.delayMs = 0;
    },
  ),
  slow_reader: forItsTime(
    ({ network: { weather } }, { size }) => {
      weather.sipBytes = 8 + Math.round(Math.abs(size) * 32);
    },
    ({ network: { weather } }) => {
      weather.sipBytes = Number.POSITIVE_INFINITY;
    },
  ),
  cut_bytes: forItsTime(
    ({ network: { weather } }) => {
      weather.cuts = 0.7;
    },
    ({ network: { weather } }) => {
      weather.cuts = 0.05;
    },
  ),
  kill: (world, fault) => world.kill(restartMs(fault)),
  kill_in_write: (world, fault) => world.killDuringWrite(share(fault), restartMs(fault)),
  power_cut: (world, fault) => world.powerCut(share(fault), restartMs(fault)),
  freeze: (world, { forMs }) => {
    world.freeze();
    world.later(forMs / 2, () => world.thaw());
  },
  clock_step: (world, { forMs, size }) => {
    const ms = Math.round(size * 20_000);
    world.stepWall(ms);
    world.later(forMs, () => world.stepWall(-ms));
  },
  clock_drift: (world, fault) => drift(world, fault, Math.max(1, Math.round(fault.forMs / 500))),
  market_dies: (world) => world.killThread('market'),
  market_hangs: forItsTime(
    (world) => world.hangThread('market'),
    (world) => world.resumeThread('market'),
  ),
  persistence_dies: (world) => world.killThread('persistence'),
  persistence_hangs: forItsTime(
    (world) => world.hangThread('persistence'),
    (world) => world.resumeThread('persistence'),
  ),
  database_down: (world, { forMs }) => databaseDown(world, forMs),
  database_outage: (world) => databaseDown(world, OUTAGE_MS),
  disk_full: (world, fault) => diskTrouble(world, fault, 'full'),
  disk_fails: (world, fault) => diskTrouble(world, fault, 'writes fail'),
  sync_fails: (world, fault) => diskTrouble(world, fault, 'syncs fail'),
  suspend: asking(() => ({ command: 'suspend' })),
  resume: asking(() => ({ command: 'resume' })),
  suspend_book: asking(({ symbol }) => ({ command: 'suspend', symbol })),
  resume_book: asking(({ symbol }) => ({ command: 'resume', symbol })),
  stop: asking(() => ({ command: 'stop' })),
  flatten: asking(() => ({ command: 'flatten' })),
  flatten_book: asking(({ symbol }) => ({ command: 'flatten', symbol })),
  hedge_now: asking(({ symbol }) => ({ command: 'hedge_now', symbol })),
  cancel_all: asking(() => ({ command: 'cancel_all' })),
  manual_resume: asking(({ symbol }) => ({
    ...{ command: 'manual_resume', symbol, reason: 'at random' },
  })),
  retry_ib: asking(() => ({ command: 'retry_ib' })),
  refresh_accounts: asking(() => ({ command: 'refresh_accounts' })),
  adopt: (world, { symbol, size }) => world.operator.adopt(symbol, size),
  config_edited: (world, { symbol, size }) => world.operator.editConfig(symbol, size),
  config_spoiled: (world) => world.operator.spoilConfig(),
} as const satisfies Readonly<Record<string, Strike>>;

export type FaultName = keyof typeof STRIKES;

/** Every kind of fault there is. */
export const FAULTS = Object.keys(STRIKES) as readonly FaultName[];

/** Standing faults of the exchange, which healing ends. */
export const STANDING_FAULTS = [
  'half_open',
  'refuse_connect',
  'client_id_in_use',
  'slow_consumer',
  'next_id_rollback',
  'slow_ack',
  'no_ack',
  'drop_order',
  'reject',
  'locate',
  'order_message',
  'partial_fills',
  'late_fill_after_cancel',
  'duplicate_status',
  'reorder_status',
  'duplicate_execution',
  'execution_correction',
  'late_commission',
  'missing_commission',
  'stale_quotes',
  'crossed_quotes',
  'wide_spread',
  'no_prices',
  'zero_bid',
  'nan_greeks',
  'halt',
] as const;

export function strike(world: Breakable, fault: Fault): void {
  STRIKES[fault.name](world, fault);
}

function upstream(world: Breakable, { forMs }: Fault, end: 'code_1101' | 'code_1102'): void {
  world.inject({ type: 'code_1100' });
  world.later(forMs, () => world.inject({ type: end }));
}

/** A clock that runs too fast or too slow, and is set right at the end. */
function drift(world: Breakable, fault: Fault, stepsLeft: number, gone = 0): void {
  const ms = Math.round(fault.size * 100);
  if (stepsLeft === 0) world.stepWall(-gone);
  else {
    world.stepWall(ms);
    world.later(500, () => drift(world, fault, stepsLeft - 1, gone + ms));
  }
}

function databaseDown(world: Breakable, ms: number): void {
  world.database.down = true;
  world.later(ms, () => {
    world.database.down = false;
  });
}

function diskTrouble(
  world: Breakable,
  { forMs }: Fault,
  trouble: Breakable['disk']['trouble'],
): void {
  world.disk.trouble = trouble;
  world.later(forMs, () => {
    world.disk.trouble = 'none';
  });
}
