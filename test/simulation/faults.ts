/** What can go wrong, drawn from the seed: when, for how long, and in which combination. */

import { type FaultInput, faultSchema } from '../../src/gateway/sim/fault-schema.ts';
import type { ControlCommand } from '../../src/protocol/control.ts';
import type { Random } from '../../src/runtime/random.ts';

export interface Fault {
  /** Virtual ms since the start. */
  readonly at: number;
  readonly name: FaultName;
  readonly forMs: number;
  readonly size: number;
  readonly symbol: string;
}

/** What a fault can do to the world. */
export interface Breakable {
  /** A fault of the exchange or its gateway. */
  inject(fault: FaultInput): void;
  command(command: ControlCommand): void;
  /** Calls after so many virtual ms, or when healing begins. */
  later(ms: number, undo: () => void): void;
  kill(restartMs: number): void;
  killDuringWrite(share: number, restartMs: number): void;
  powerCut(share: number, restartMs: number): void;
  freeze(): void;
  thaw(): void;
  killThread(name: 'market' | 'persistence'): void;
  hangThread(name: 'market' | 'persistence'): void;
  resumeThread(name: 'market' | 'persistence'): void;
  resetConnections(): void;
  stall(on: boolean): void;
  delay(ms: number): void;
  cutBytes(share: number): void;
  sinkDown(on: boolean): void;
  diskFull(on: boolean): void;
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

function seconds({ forMs }: Fault): number {
  return Math.max(1, Math.round(forMs / 1000));
}

function restartMs({ forMs }: Fault): number {
  return 500 + (forMs % 5000);
}

function share({ size }: Fault): number {
  return Math.abs(size) % 1;
}

const STRIKES = {
  disconnect: exchange(() => ({ type: 'disconnect' })),
  half_open: standing('half_open'),
  refuse_connect: (world, fault) => {
    standing('refuse_connect')(world, fault);
    world.resetConnections();
  },
  client_id_in_use: standing('client_id_in_use'),
  slow_gateway: standing('slow_consumer', ({ size }) => ({
    delay_ms: 50 + Math.round(Math.abs(size) * 2000),
  })),
  upstream_1101: (world, fault) => upstream(world, fault, 'code_1101'),
  upstream_1102: (world, fault) => upstream(world, fault, 'code_1102'),
  gateway_restart: exchange(({ forMs }) => ({ type: 'daily_restart', down_s: 1 + forMs / 2000 })),
  id_rollback: hitting('next_id_rollback'),
  slow_ack: hitting('slow_ack', ({ forMs }) => ({ delay_ms: 500 + forMs })),
  no_ack: hitting('no_ack'),
  drop_order: hitting('drop_order'),
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
  stale_quotes: standing('stale_quotes', ({ symbol }) => ({ symbol })),
  crossed_quotes: standing('crossed_quotes', ({ symbol }) => ({ symbol })),
  wide_spread: standing('wide_spread', ({ symbol }) => ({ symbol })),
  no_prices: standing('no_prices', ({ symbol }) => ({ symbol })),
  nan_greeks: standing('nan_greeks', ({ symbol }) => ({ symbol })),
  halt: standing('halt', ({ symbol }) => ({ symbol })),
  gap: exchange(({ symbol, size }) => ({
    ...{ type: 'gap', symbol, pct: Math.max(-5, Math.min(5, size)) },
  })),
  manual_trade: exchange(({ symbol, size }) => ({
    ...{ type: 'manual_trade', symbol, side: size > 0 ? 'BUY' : 'SELL' },
    quantity: 10 + Math.round(Math.abs(size) * 50),
  })),
  reset: (world) => world.resetConnections(),
  partition: (world, { forMs }) => {
    world.stall(true);
    world.later(forMs, () => world.stall(false));
  },
  slow_network: (world, { forMs, size }) => {
    world.delay(300 + Math.abs(size) * 2000);
    world.later(forMs, () => world.delay(0));
  },
  cut_bytes: (world, { forMs }) => {
    world.cutBytes(0.7);
    world.later(forMs, () => world.cutBytes(0.05));
  },
  kill: (world, fault) => world.kill(restartMs(fault)),
  kill_in_write: (world, fault) => world.killDuringWrite(share(fault), restartMs(fault)),
  power_cut: (world, fault) => world.powerCut(share(fault), restartMs(fault)),
  freeze: (world, { forMs }) => {
    world.freeze();
    world.later(forMs / 2, () => world.thaw());
  },
  market_dies: (world) => world.killThread('market'),
  market_hangs: (world, { forMs }) => {
    world.hangThread('market');
    world.later(forMs, () => world.resumeThread('market'));
  },
  persistence_dies: (world) => world.killThread('persistence'),
  sink_down: (world, { forMs }) => {
    world.sinkDown(true);
    world.later(forMs, () => world.sinkDown(false));
  },
  disk_full: (world, { forMs }) => {
    world.diskFull(true);
    world.later(forMs, () => world.diskFull(false));
  },
  suspend: (world) => world.command({ command: 'suspend' }),
  resume: (world) => world.command({ command: 'resume' }),
  stop: (world) => world.command({ command: 'stop' }),
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

/** Faults of one seed: a subset of the kinds, so that some seeds are calm in one respect. */
export function drawFaults(
  random: Random,
  lengthMs: number,
  symbols: readonly string[],
): readonly Fault[] {
  const kinds = FAULTS.filter(() => random.next() < 0.3);
  if (kinds.length === 0) return [];
  const faults: Fault[] = [];
  let at = 5000 + random.integer(10_000);
  while (at < lengthMs) {
    const name = kinds[random.integer(kinds.length)] ?? 'kill';
    const symbol = symbols[random.integer(symbols.length)] ?? '';
    faults.push({ at, name, forMs: 200 + random.integer(25_000), size: random.normal(), symbol });
    at += 1000 + random.integer(30_000);
  }
  return faults;
}
