-- What the engine did, row by row as its journal says it. ts: wall time, unix seconds;
-- trading_ts: the broker's time, unix seconds; (journal_id, sequence): the journal record.

-- How far each journal has been shipped; written in the transaction of the rows themselves.
create table journal_progress (
  journal_id text primary key,
  segment bigint not null,
  "offset" bigint not null,
  sequence bigint not null,
  updated_at timestamptz not null default now()
);

-- Facts that the database refused to take as rows; kept whole, so that nothing is lost.
create table facts_rejected (
  id bigserial primary key,
  journal_id text not null,
  sequence bigint not null,
  fact text not null,
  error text not null,
  created_at timestamptz not null default now()
);

-- An intent when it opens (outcome null) and when it ends.
create table intents (
  id bigserial primary key,
  ts double precision not null,
  trading_ts double precision,
  symbol text not null,
  account text not null,
  order_ref text not null,
  purpose text not null,
  side text not null,
  quantity integer not null,
  limit_price double precision,
  target_shares integer,
  spot double precision,
  outcome text,
  filled integer not null,
  journal_id text not null,
  sequence bigint not null
);
create index intents_order_ref on intents (order_ref, id);
create index intents_symbol_ts on intents (symbol, ts);

-- Where an order stands; the newest row of an order_ref counts.
create table orders (
  id bigserial primary key,
  ts double precision not null,
  trading_ts double precision,
  symbol text not null,
  account text not null,
  con_id bigint,
  order_ref text not null,
  order_id bigint,
  perm_id bigint,
  client_id integer,
  side text not null,
  quantity integer not null,
  limit_price double precision,
  status text not null,
  filled integer not null,
  journal_id text not null,
  sequence bigint not null
);
create index orders_order_ref on orders (order_ref, id);
create index orders_symbol_ts on orders (symbol, ts);

-- broker_ts: as the broker dates the execution, unix seconds. A correction is a row of its own:
-- the same exec_base with a higher revision.
create table executions (
  id bigserial primary key,
  ts double precision not null,
  trading_ts double precision,
  broker_ts double precision,
  exec_id text not null unique,
  exec_base text not null,
  revision integer not null,
  order_ref text not null,
  order_id bigint,
  perm_id bigint,
  client_id integer,
  account text not null,
  con_id bigint,
  contract_key text not null,
  symbol text not null,
  sec_type text not null,
  side text not null,
  quantity double precision not null,
  price double precision not null,
  journal_id text not null,
  sequence bigint not null
);
create index executions_exec_base on executions (exec_base, revision);
create index executions_order_ref on executions (order_ref);
create index executions_symbol_ts on executions (symbol, ts);

create table commissions (
  id bigserial primary key,
  ts double precision not null,
  trading_ts double precision,
  exec_id text not null unique,
  symbol text,
  account text,
  commission double precision,
  currency text,
  realized_pnl double precision,
  journal_id text not null,
  sequence bigint not null
);
create index commissions_symbol_ts on commissions (symbol, ts);

-- Shares that became ours, or ceased to be, without an order of ours. Signed.
create table adjustments (
  id bigserial primary key,
  ts double precision not null,
  trading_ts double precision,
  adjustment_id text not null unique,
  symbol text not null,
  account text not null,
  kind text not null,
  shares integer not null,
  price double precision,
  reason text,
  journal_id text not null,
  sequence bigint not null
);
create index adjustments_symbol_ts on adjustments (symbol, ts);

-- Changes of a book's membership; the newest row of a contract tells whether it is a leg.
create table book_legs (
  id bigserial primary key,
  ts double precision not null,
  trading_ts double precision,
  symbol text not null,
  account text not null,
  con_id bigint not null,
  contract_key text not null,
  expiry text not null,
  strike double precision not null,
  option_right text not null,
  multiplier integer not null,
  change text not null,
  quantity integer not null,
  reason text,
  journal_id text not null,
  sequence bigint not null
);
create index book_legs_symbol_id on book_legs (symbol, id);

create table latches (
  id bigserial primary key,
  ts double precision not null,
  trading_ts double precision,
  symbol text not null,
  account text not null,
  cause text not null,
  is_set boolean not null,
  reason text,
  journal_id text not null,
  sequence bigint not null
);
create index latches_symbol_id on latches (symbol, id);

-- Changes of the suspended flag; symbol null: the global one.
create table suspensions (
  id bigserial primary key,
  ts double precision not null,
  trading_ts double precision,
  symbol text,
  suspended boolean not null,
  origin text,
  journal_id text not null,
  sequence bigint not null
);

-- What the gates remember of the hedges so far.
create table hedge_memory (
  symbol text not null,
  account text not null,
  ts double precision not null,
  trading_ts double precision,
  memory jsonb not null,
  journal_id text not null,
  sequence bigint not null,
  primary key (symbol, account)
);

create table machine_transitions (
  id bigserial primary key,
  ts double precision not null,
  trading_ts double precision,
  machine text not null,
  from_state text not null,
  to_state text not null,
  event text not null,
  journal_id text not null,
  sequence bigint not null
);
create index machine_transitions_machine_id on machine_transitions (machine, id);
create index machine_transitions_ts on machine_transitions (ts);

-- Each control command, whoever gave it, and what came of it.
create table control_audit (
  id bigserial primary key,
  ts double precision not null,
  trading_ts double precision,
  command text not null,
  origin text not null,
  symbol text,
  ok boolean not null,
  message text,
  journal_id text not null,
  sequence bigint not null
);
create index control_audit_ts on control_audit (ts);

-- Rows that tell of money are written once: a correction is another row.
create function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception '% is append-only', tg_table_name using errcode = 'restrict_violation';
end
$$;

create trigger append_only before update or delete on operations
  for each row execute function refuse_change();
create trigger append_only before update or delete on orders
  for each row execute function refuse_change();
create trigger append_only before update or delete on executions
  for each row execute function refuse_change();
create trigger append_only before update or delete on commissions
  for each row execute function refuse_change();
create trigger append_only before update or delete on adjustments
  for each row execute function refuse_change();
