-- The tables that readers of the earlier engine's schema know, with the columns and types they
-- know (ts: unix seconds), and what we add. `if not exists` throughout, so that a database which
-- that engine wrote is taken over in place.

create table if not exists status_current (
  id integer primary key default 1,
  daemon_state text,
  trading_state text,
  symbol text,
  spot double precision,
  bid double precision,
  ask double precision,
  net_delta double precision,
  stock_position integer,
  option_legs_count integer,
  daily_hedge_count integer,
  daily_pnl double precision,
  data_lag_ms double precision,
  config_summary text,
  ts double precision
);

create table if not exists status_history (
  id bigserial primary key,
  daemon_state text,
  trading_state text,
  symbol text,
  spot double precision,
  bid double precision,
  ask double precision,
  net_delta double precision,
  stock_position integer,
  option_legs_count integer,
  daily_hedge_count integer,
  daily_pnl double precision,
  data_lag_ms double precision,
  config_summary text,
  ts double precision
);

create table if not exists operations (
  id bigserial primary key,
  ts double precision,
  type text,
  side text,
  quantity integer,
  price double precision,
  state_reason text
);

create table if not exists daemon_control (
  id bigserial primary key,
  command text not null,
  created_at timestamptz not null default now(),
  consumed_at timestamptz
);

create table if not exists daemon_run_status (
  id integer primary key default 1,
  suspended boolean not null default false,
  heartbeat_interval_sec integer,
  updated_at timestamptz not null default now()
);

create table if not exists daemon_heartbeat (
  id integer primary key default 1,
  last_ts timestamptz,
  hedge_running boolean,
  ib_connected boolean,
  ib_client_id integer,
  next_retry_ts timestamptz,
  seconds_until_retry smallint,
  graceful_shutdown_at timestamptz,
  heartbeat_interval_sec integer
);

create table if not exists accounts (
  account_id text primary key,
  updated_at timestamptz,
  net_liquidation double precision,
  total_cash double precision,
  buying_power double precision,
  summary_extra jsonb
);

create table if not exists account_positions (
  account_id text not null,
  con_id bigint,
  contract_key text not null,
  symbol text,
  sec_type text,
  exchange text,
  currency text,
  position double precision,
  avg_cost double precision,
  expiry text,
  strike double precision,
  option_right text,
  updated_at timestamptz,
  primary key (account_id, contract_key)
);

create table if not exists instrument_prices (
  contract_key text primary key,
  symbol text,
  sec_type text,
  expiry text,
  strike double precision,
  option_right text,
  last double precision,
  bid double precision,
  ask double precision,
  mid double precision,
  updated_at timestamptz
);

create table if not exists settings (
  id integer primary key default 1,
  ib_host text,
  ib_port_type text
);

-- What is ours in them. `trading_ts`: the broker's time, unix seconds. (journal_id, sequence): the
-- journal record that a row comes from.

alter table status_current
  add column if not exists hedge_state text,
  add column if not exists account text,
  add column if not exists con_id bigint,
  add column if not exists foreign_shares integer,
  add column if not exists trading_ts double precision,
  add column if not exists journal_id text,
  add column if not exists sequence bigint;

alter table status_history
  add column if not exists hedge_state text,
  add column if not exists account text,
  add column if not exists con_id bigint,
  add column if not exists foreign_shares integer,
  add column if not exists trading_ts double precision,
  add column if not exists journal_id text,
  add column if not exists sequence bigint;

alter table operations
  add column if not exists symbol text,
  add column if not exists account text,
  add column if not exists con_id bigint,
  add column if not exists order_ref text,
  add column if not exists perm_id bigint,
  add column if not exists exec_id text,
  add column if not exists commission double precision,
  add column if not exists trading_ts double precision,
  add column if not exists journal_id text,
  add column if not exists sequence bigint;

alter table daemon_control
  add column if not exists payload jsonb,
  add column if not exists origin text,
  add column if not exists outcome text;

alter table account_positions
  add column if not exists multiplier integer;

alter table instrument_prices
  add column if not exists con_id bigint;

create index if not exists status_history_symbol_ts on status_history (symbol, ts);
create index if not exists operations_ts on operations (ts);
create index if not exists operations_symbol_id on operations (symbol, id);
create index if not exists operations_order_ref on operations (order_ref);
create index if not exists daemon_control_open on daemon_control (id) where consumed_at is null;
