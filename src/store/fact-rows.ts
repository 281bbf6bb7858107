/** Which rows a fact becomes. Pure: the same facts give the same rows, whoever ships them. */

import type { Attribution } from '../domain/attribution.ts';
import { newYorkDate } from '../domain/calendar.ts';
import { type Contract, contractKey } from '../domain/contract.ts';
import type { DayAttribution } from '../domain/day-attribution.ts';
import type { Fact, StatusFact } from '../protocol/facts.ts';
import { wholeControl } from '../protocol/whole-control.ts';
import type { Cell, RowOf, TableName } from './tables.ts';

/** The journal record that a fact stands in. */
export interface Source {
  readonly journalId: string;
  readonly sequence: number;
}

export type Row = Readonly<Record<string, Cell>>;

export type Change =
  | { readonly kind: 'row'; readonly table: TableName; readonly row: Row }
  /** All positions of the account go; the rows that follow are all it has. */
  | { readonly kind: 'positions.clear'; readonly account: string }
  | { readonly kind: 'position.remove'; readonly account: string; readonly contractKey: string };

/** Columns that most rows share: when, and from which record. */
interface Stamp {
  readonly ts: number;
  readonly trading_ts: number | null;
  readonly journal_id: string;
  readonly sequence: number;
}

type FactOf<K extends Fact['fact']> = Extract<Fact, { readonly fact: K }>;
type Mapping = {
  readonly [K in Fact['fact']]: (fact: FactOf<K>, stamp: Stamp) => readonly Change[];
};

/** What one fact changes, in order. */
export function changesOf(fact: Fact, source: Source): readonly Change[] {
  const stamp: Stamp = {
    ts: fact.ts,
    trading_ts: inSeconds(fact.tradingTs),
    journal_id: source.journalId,
    sequence: source.sequence,
  };
  // The mapping of a kind takes facts of that kind, which the compiler cannot see by itself.
  const map = MAPPING[fact.fact] as (fact: Fact, stamp: Stamp) => readonly Change[];
  return map(fact, stamp);
}

const MAPPING: Mapping = {
  operation: (fact, stamp) => [
    row('operations', {
      ...stamp,
      type: fact.type,
      side: fact.side,
      quantity: fact.quantity,
      price: fact.price,
      state_reason: fact.stateReason,
      ...book(fact),
      con_id: fact.conId,
      order_ref: fact.orderRef,
      perm_id: fact.permId,
      exec_id: fact.execId,
      commission: fact.commission,
    }),
  ],
  intent: (fact, stamp) => [
    row('intents', {
      ...stamp,
      ...book(fact),
      order_ref: fact.orderRef,
      purpose: fact.purpose,
      side: fact.side,
      quantity: fact.quantity,
      limit_price: fact.limitPrice,
      target_shares: fact.targetShares,
      spot: fact.spot,
      outcome: fact.outcome,
      filled: fact.filled,
    }),
  ],
  order: (fact, stamp) => [
    row('orders', {
      ...stamp,
      ...book(fact),
      con_id: fact.conId,
      order_ref: fact.orderRef,
      order_id: fact.orderId,
      perm_id: fact.permId,
      client_id: fact.clientId,
      side: fact.side,
      quantity: fact.quantity,
      limit_price: fact.limitPrice,
      status: fact.status,
      filled: fact.filled,
    }),
  ],
  execution: ({ execution }, stamp) => [
    row('executions', {
      ...stamp,
      broker_ts: inSeconds(execution.ts),
      exec_id: execution.execId,
      exec_base: execution.execBase,
      revision: execution.revision,
      order_ref: execution.orderRef,
      order_id: execution.orderId,
      perm_id: execution.permId,
      client_id: execution.clientId,
      symbol: execution.contract.symbol,
      account: execution.account,
      con_id: execution.contract.conId,
      contract_key: contractKey(execution.contract),
      sec_type: execution.contract.secType,
      side: execution.side,
      quantity: execution.quantity,
      price: execution.price,
    }),
  ],
  commission: (fact, stamp) => [
    row('commissions', {
      ...stamp,
      exec_id: fact.commission.execId,
      ...book(fact),
      commission: fact.commission.commission,
      currency: fact.commission.currency,
      realized_pnl: fact.commission.realizedPnl,
    }),
  ],
  adjustment: (fact, stamp) => [
    row('adjustments', {
      ...stamp,
      adjustment_id: fact.id,
      ...book(fact),
      kind: fact.kind,
      shares: fact.shares,
      price: fact.price,
      reason: fact.reason,
    }),
  ],
  leg: (fact, stamp) => [
    row('book_legs', {
      ...stamp,
      ...book(fact),
      con_id: fact.contract.conId,
      contract_key: contractKey(fact.contract),
      expiry: fact.contract.expiry,
      strike: fact.contract.strike,
      option_right: fact.contract.right,
      multiplier: fact.contract.multiplier,
      change: fact.change,
      quantity: fact.quantity,
      reason: fact.reason,
    }),
  ],
  latch: (fact, stamp) => [
    row('latches', {
      ...stamp,
      ...book(fact),
      cause: fact.cause,
      is_set: fact.set,
      reason: fact.reason,
    }),
  ],
  suspended: (fact, stamp) => {
    const { symbol, suspended, origin } = fact;
    const change = row('suspensions', { ...stamp, symbol, suspended, origin });
    if (symbol !== null) return [change];
    return [change, runStatus(suspended, null, fact.ts)];
  },
  // The command is an audit row, and the next heartbeat's row tells the interval.
  heartbeatInterval: () => [],
  hedgeMemory: (fact, stamp) => [
    row('hedge_memory', { ...stamp, ...book(fact), memory: JSON.stringify(fact.memory) }),
  ],
  attribution: (fact, stamp) => attributionRows(fact, stamp),
  status: (fact, stamp) => {
    const columns = { ...stamp, ...statusColumns(fact) };
    return [
      row('status_current', { id: fact.slot + 1, ...columns }),
      row('status_history', columns),
    ];
  },
  heartbeat: (fact) => [
    row('daemon_heartbeat', {
      id: 1,
      last_ts: fact.ts,
      hedge_running: fact.hedgeRunning,
      ib_connected: fact.ibConnected,
      ib_client_id: fact.ibClientId,
      next_retry_ts: fact.nextRetryTs,
      seconds_until_retry: fact.secondsUntilRetry,
      graceful_shutdown_at: fact.gracefulShutdownAt,
      heartbeat_interval_sec: fact.heartbeatIntervalS,
    }),
    runStatus(fact.suspended, fact.heartbeatIntervalS, fact.ts),
  ],
  account: (fact) => [
    row('accounts', {
      account_id: fact.account,
      updated_at: fact.ts,
      net_liquidation: amount(fact.values['NetLiquidation']),
      total_cash: amount(fact.values['TotalCashValue']),
      buying_power: amount(fact.values['BuyingPower']),
      summary_extra: JSON.stringify(fact.values),
    }),
  ],
  positions: (fact) => [
    ...(fact.whole ? [{ kind: 'positions.clear', account: fact.account } as const] : []),
    ...fact.positions.map((position) => positionChange(fact, position)),
  ],
  prices: (fact, stamp) =>
    fact.prices.flatMap(({ contract, last, bid, ask, mid }) => [
      row('instrument_prices', {
        ...instrument(contract),
        ...{ last, bid, ask, mid },
        updated_at: fact.ts,
      }),
      ...(fact.kept === true
        ? [row('quotes', { ...stamp, ...instrument(contract), last, bid, ask })]
        : []),
    ]),
  transition: (fact, stamp) => [
    row('machine_transitions', {
      ...stamp,
      machine: fact.machine,
      from_state: fact.from,
      to_state: fact.to,
      event: fact.event,
    }),
  ],
  control: (fact, stamp) => {
    const { command, origin, symbol, ok, message } = fact;
    const audit = row('control_audit', { ...stamp, command, origin, symbol, ok, message });
    const whole = wholeControl(fact);
    if (whole === null) return [audit];
    return [audit, row('operations', { ...stamp, ...whole, symbol: null, con_id: null })];
  },
  shadow: (fact, stamp) => [shadowRow(fact, stamp)],
  parity: ({ check }, stamp) => [row('parity_checks', { ...stamp, ...check })],
};

function row<T extends TableName>(table: T, columns: RowOf<T>): Change {
  return { kind: 'row', table, row: columns };
}

function book(fact: { readonly symbol: string; readonly account: string }) {
  return { symbol: fact.symbol, account: fact.account };
}

/** The interval, the hedge that it ended, and the day so far. */
function attributionRows(fact: FactOf<'attribution'>, stamp: Stamp): readonly Change[] {
  const { kept, hedge, split } = fact;
  const common = { ...stamp, ...book(fact), day: kept.day };
  const interval = row('attributions', {
    ...common,
    scope: 'interval',
    from_ts: inSeconds(fact.from),
    until_ts: inSeconds(kept.anchor.ts),
    order_ref: fact.orderRef,
    spot_start: fact.spotStart,
    spot_end: fact.spotEnd,
    shares: fact.shares,
    ...splitColumns(split),
    ...largeColumns(kept),
  });
  const day = row('attribution_days', { ...common, ...splitColumns(kept.sum) });
  if (hedge === null) return [interval, day];
  const ended = row('attributions', {
    ...common,
    day: newYorkDate(hedge.until),
    scope: 'hedge',
    from_ts: inSeconds(hedge.from),
    until_ts: inSeconds(hedge.until),
    order_ref: hedge.orderRef,
    spot_start: null,
    spot_end: null,
    shares: null,
    ...splitColumns(hedge.split),
    ...NO_LARGE_MOVE,
  });
  return [interval, ended, day];
}

/** One for each session: where the engine starts anew, its shadows do. */
function shadowRow({ row: one }: FactOf<'shadow'>, stamp: Stamp): Change {
  return row('shadow_days', {
    ...stamp,
    ...book(one),
    day: one.day,
    shadow: one.name,
    session: one.session,
    from_ts: inSeconds(one.since),
    until_ts: inSeconds(one.until),
    evaluations: one.evaluations,
    error_mean: one.errorMean,
    error_square: one.errorSquare,
    error_most: one.errorMost,
    hedges: one.hedges,
    orders: one.orders,
    shares: one.shares,
    owned: one.owned,
    net_delta: one.netDelta,
    trading_state: one.tradingState,
    ...splitColumns(one.split),
  });
}

function splitColumns({ vannaVolga, optionSpread, impliedGamma, ...split }: Attribution) {
  return {
    ...split,
    vanna_volga: vannaVolga,
    option_spread: optionSpread,
    implied_gamma: impliedGamma,
  };
}

const NO_LARGE_MOVE = { large_spot: null, large_vol: null, large_time: null, large_rest: null };

/** The options revalued in full, of an interval whose move was too large for greeks. */
function largeColumns({ anchor, largeMove }: DayAttribution) {
  // What is kept is the latest of the day; a journal of before has none.
  if (largeMove == null || largeMove.until !== anchor.ts) return NO_LARGE_MOVE;
  const { spot, vol, time, rest } = largeMove;
  return { large_spot: spot, large_vol: vol, large_time: time, large_rest: rest };
}

function statusColumns(fact: StatusFact) {
  return {
    daemon_state: fact.daemonState,
    trading_state: fact.tradingState,
    hedge_state: fact.hedgeState,
    ...book(fact),
    con_id: fact.conId,
    spot: fact.spot,
    bid: fact.bid,
    ask: fact.ask,
    net_delta: fact.netDelta,
    stock_position: fact.stockPosition,
    foreign_shares: fact.foreignShares,
    option_legs_count: fact.optionLegsCount,
    daily_hedge_count: fact.dailyHedgeCount,
    daily_pnl: fact.dailyPnl,
    data_lag_ms: fact.dataLagMs,
    config_summary: fact.configSummary,
  };
}

function runStatus(suspended: boolean, heartbeatS: number | null, ts: number): Change {
  const columns = { id: 1, suspended, heartbeat_interval_sec: heartbeatS, updated_at: ts };
  return row('daemon_run_status', columns);
}

function positionChange(
  fact: FactOf<'positions'>,
  { contract, quantity, avgCost }: FactOf<'positions'>['positions'][number],
): Change {
  if (quantity === 0) {
    return { kind: 'position.remove', account: fact.account, contractKey: contractKey(contract) };
  }
  return row('account_positions', {
    account_id: fact.account,
    ...instrument(contract),
    exchange: contract.exchange,
    currency: contract.currency,
    multiplier: contract.secType === 'OPT' ? contract.multiplier : 1,
    position: quantity,
    avg_cost: avgCost,
    updated_at: fact.ts,
  });
}

function instrument(contract: Contract) {
  const isOption = contract.secType === 'OPT';
  return {
    con_id: contract.conId,
    contract_key: contractKey(contract),
    symbol: contract.symbol,
    sec_type: contract.secType,
    expiry: isOption ? contract.expiry : null,
    strike: isOption ? contract.strike : null,
    option_right: isOption ? contract.right : null,
  };
}

/** Epoch ms to unix seconds; a time that was not known comes out of the journal as null. */
function inSeconds(epochMs: number | null): number | null {
  return epochMs === null || !Number.isFinite(epochMs) ? null : epochMs / 1000;
}

/** IB sends its account values as text, in some of them no number. */
function amount(text: string | undefined): number | null {
  if (text === undefined || text.trim() === '') return null;
  const value = Number(text);
  return Number.isFinite(value) ? value : null;
}
