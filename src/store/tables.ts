/**
 * The tables that facts become rows of, as the writer needs to know them: the columns it fills,
 * and whether a row is added, added once, or replaces the one with its key. `migrations/` is where
 * they are made; a test compares the two.
 */

export type ColumnType =
  | 'text'
  | 'boolean'
  | 'smallint'
  | 'integer'
  | 'bigint'
  | 'double precision'
  /** Rows give it in unix seconds. */
  | 'timestamptz'
  | 'jsonb';

export interface TableSpec {
  readonly columns: Readonly<Record<string, ColumnType>>;
  /** Rows with the same values here are one row; without it every row is added. */
  readonly key?: readonly string[];
  /** What becomes of a row whose key exists. */
  readonly onSame?: 'keep' | 'replace';
  /** Columns that keep their value where the new row has null. */
  readonly sticky?: readonly string[];
}

const DATED = { ts: 'double precision', trading_ts: 'double precision' } as const;
const SOURCE = { journal_id: 'text', sequence: 'bigint' } as const;
const BOOK = { symbol: 'text', account: 'text' } as const;

const STATUS = {
  daemon_state: 'text',
  trading_state: 'text',
  hedge_state: 'text',
  ...BOOK,
  con_id: 'bigint',
  spot: 'double precision',
  bid: 'double precision',
  ask: 'double precision',
  net_delta: 'double precision',
  stock_position: 'integer',
  foreign_shares: 'integer',
  option_legs_count: 'integer',
  daily_hedge_count: 'integer',
  daily_pnl: 'double precision',
  data_lag_ms: 'double precision',
  config_summary: 'text',
  ...DATED,
  ...SOURCE,
} as const;

const SPLIT = {
  delta: 'double precision',
  gamma: 'double precision',
  theta: 'double precision',
  vega: 'double precision',
  vanna_volga: 'double precision',
  rho: 'double precision',
  dividend: 'double precision',
  financing: 'double precision',
  commission: 'double precision',
  slippage: 'double precision',
  option_spread: 'double precision',
  exercise: 'double precision',
  unexplained: 'double precision',
  total: 'double precision',
  implied_gamma: 'double precision',
} as const;

const INSTRUMENT = {
  con_id: 'bigint',
  contract_key: 'text',
  symbol: 'text',
  sec_type: 'text',
  expiry: 'text',
  strike: 'double precision',
  option_right: 'text',
} as const;

export const TABLES = {
  status_current: { columns: { id: 'integer', ...STATUS }, key: ['id'], onSame: 'replace' },
  status_history: { columns: STATUS },
  operations: {
    columns: {
      ...DATED,
      type: 'text',
      side: 'text',
      quantity: 'integer',
      price: 'double precision',
      state_reason: 'text',
      ...BOOK,
      con_id: 'bigint',
      order_ref: 'text',
      perm_id: 'bigint',
      exec_id: 'text',
      commission: 'double precision',
      ...SOURCE,
    },
  },
  intents: {
    columns: {
      ...DATED,
      ...BOOK,
      order_ref: 'text',
      purpose: 'text',
      side: 'text',
      quantity: 'integer',
      limit_price: 'double precision',
      target_shares: 'integer',
      spot: 'double precision',
      outcome: 'text',
      filled: 'integer',
      ...SOURCE,
    },
  },
  orders: {
    columns: {
      ...DATED,
      ...BOOK,
      con_id: 'bigint',
      order_ref: 'text',
      order_id: 'bigint',
      perm_id: 'bigint',
      client_id: 'integer',
      side: 'text',
      quantity: 'integer',
      limit_price: 'double precision',
      status: 'text',
      filled: 'integer',
      ...SOURCE,
    },
  },
  executions: {
    columns: {
      ...DATED,
      broker_ts: 'double precision',
      exec_id: 'text',
      exec_base: 'text',
      revision: 'integer',
      order_ref: 'text',
      order_id: 'bigint',
      perm_id: 'bigint',
      client_id: 'integer',
      ...BOOK,
      con_id: 'bigint',
      contract_key: 'text',
      sec_type: 'text',
      side: 'text',
      quantity: 'double precision',
      price: 'double precision',
      ...SOURCE,
    },
    key: ['exec_id'],
    onSame: 'keep',
  },
  commissions: {
    columns: {
      ...DATED,
      exec_id: 'text',
      ...BOOK,
      commission: 'double precision',
      currency: 'text',
      realized_pnl: 'double precision',
      ...SOURCE,
    },
    key: ['exec_id'],
    onSame: 'keep',
  },
  adjustments: {
    columns: {
      ...DATED,
      adjustment_id: 'text',
      ...BOOK,
      kind: 'text',
      shares: 'integer',
      price: 'double precision',
      reason: 'text',
      ...SOURCE,
    },
    key: ['adjustment_id'],
    onSame: 'keep',
  },
  book_legs: {
    columns: {
      ...DATED,
      ...BOOK,
      con_id: 'bigint',
      contract_key: 'text',
      expiry: 'text',
      strike: 'double precision',
      option_right: 'text',
      multiplier: 'integer',
      change: 'text',
      quantity: 'integer',
      reason: 'text',
      ...SOURCE,
    },
  },
  latches: {
    columns: { ...DATED, ...BOOK, cause: 'text', is_set: 'boolean', reason: 'text', ...SOURCE },
  },
  suspensions: {
    columns: { ...DATED, symbol: 'text', suspended: 'boolean', origin: 'text', ...SOURCE },
  },
  hedge_memory: {
    columns: { ...BOOK, ...DATED, memory: 'jsonb', ...SOURCE },
    key: ['symbol', 'account'],
    onSame: 'replace',
  },
  attributions: {
    columns: {
      ...DATED,
      ...BOOK,
      day: 'text',
      scope: 'text',
      from_ts: 'double precision',
      until_ts: 'double precision',
      order_ref: 'text',
      spot_start: 'double precision',
      spot_end: 'double precision',
      shares: 'integer',
      ...SPLIT,
      large_spot: 'double precision',
      large_vol: 'double precision',
      large_time: 'double precision',
      large_rest: 'double precision',
      ...SOURCE,
    },
  },
  attribution_days: {
    columns: { ...BOOK, day: 'text', ...DATED, ...SPLIT, ...SOURCE },
    key: ['symbol', 'account', 'day'],
    onSame: 'replace',
  },
  shadow_days: {
    columns: {
      ...BOOK,
      day: 'text',
      shadow: 'text',
      session: 'bigint',
      from_ts: 'double precision',
      until_ts: 'double precision',
      evaluations: 'integer',
      error_mean: 'double precision',
      error_square: 'double precision',
      error_most: 'double precision',
      hedges: 'integer',
      orders: 'integer',
      shares: 'integer',
      owned: 'integer',
      net_delta: 'double precision',
      trading_state: 'text',
      ...SPLIT,
      ...DATED,
      ...SOURCE,
    },
    key: ['symbol', 'account', 'shadow', 'day', 'journal_id', 'session'],
    onSame: 'replace',
  },
  parity_checks: {
    columns: {
      ...DATED,
      state: 'text',
      checked_at: 'double precision',
      took_s: 'double precision',
      reason: 'text',
      from_sequence: 'bigint',
      to_sequence: 'bigint',
      records: 'integer',
      evaluations: 'integer',
      sessions: 'integer',
      missing: 'integer',
      decisions: 'integer',
      orders: 'integer',
      ...SOURCE,
    },
  },
  machine_transitions: {
    columns: {
      ...DATED,
      machine: 'text',
      from_state: 'text',
      to_state: 'text',
      event: 'text',
      ...SOURCE,
    },
  },
  control_audit: {
    columns: {
      ...DATED,
      command: 'text',
      origin: 'text',
      symbol: 'text',
      ok: 'boolean',
      message: 'text',
      ...SOURCE,
    },
  },
  daemon_heartbeat: {
    columns: {
      id: 'integer',
      last_ts: 'timestamptz',
      hedge_running: 'boolean',
      ib_connected: 'boolean',
      ib_client_id: 'integer',
      next_retry_ts: 'timestamptz',
      seconds_until_retry: 'smallint',
      graceful_shutdown_at: 'timestamptz',
      heartbeat_interval_sec: 'integer',
    },
    key: ['id'],
    onSame: 'replace',
  },
  daemon_run_status: {
    columns: {
      id: 'integer',
      suspended: 'boolean',
      heartbeat_interval_sec: 'integer',
      updated_at: 'timestamptz',
    },
    key: ['id'],
    onSame: 'replace',
    sticky: ['heartbeat_interval_sec'],
  },
  accounts: {
    columns: {
      account_id: 'text',
      updated_at: 'timestamptz',
      net_liquidation: 'double precision',
      total_cash: 'double precision',
      buying_power: 'double precision',
      summary_extra: 'jsonb',
    },
    key: ['account_id'],
    onSame: 'replace',
  },
  account_positions: {
    columns: {
      account_id: 'text',
      ...INSTRUMENT,
      exchange: 'text',
      currency: 'text',
      multiplier: 'integer',
      position: 'double precision',
      avg_cost: 'double precision',
      updated_at: 'timestamptz',
    },
    key: ['account_id', 'contract_key'],
    onSame: 'replace',
  },
  quotes: {
    columns: {
      ...DATED,
      ...INSTRUMENT,
      bid: 'double precision',
      ask: 'double precision',
      last: 'double precision',
      ...SOURCE,
    },
  },
  instrument_prices: {
    columns: {
      ...INSTRUMENT,
      last: 'double precision',
      bid: 'double precision',
      ask: 'double precision',
      mid: 'double precision',
      updated_at: 'timestamptz',
    },
    key: ['contract_key'],
    onSame: 'replace',
  },
} as const satisfies Record<string, TableSpec>;

export type TableName = keyof typeof TABLES;

export type Cell = string | number | boolean | null;

/** A row of a table: every column the writer fills. */
export type RowOf<T extends TableName> = {
  readonly [C in keyof (typeof TABLES)[T]['columns']]: Cell;
};
