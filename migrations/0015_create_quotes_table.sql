-- What underlyings and held options were quoted at, over time: `instrument_prices` keeps the newest
-- alone. Partitioned by month, as whatever grows with time; the default partition takes what has no
-- month.

create table quotes (
  ts double precision not null,
  trading_ts double precision,
  con_id bigint,
  contract_key text not null,
  symbol text not null,
  sec_type text not null,
  expiry text,
  strike double precision,
  option_right text,
  bid double precision,
  ask double precision,
  last double precision,
  journal_id text,
  sequence bigint
) partition by range (ts);
create table quotes_default partition of quotes default;
create index quotes_symbol_ts on quotes (symbol, ts);

comment on table quotes is
  'What underlyings and held options were quoted at, every store.history_interval_s; by month.';
comment on column quotes.ts is 'When the row was written, wall time, unix seconds.';
comment on column quotes.trading_ts is 'The same by the broker''s clock, unix seconds.';
comment on column quotes.con_id is 'Contract id of IB.';
comment on column quotes.contract_key is 'symbol|sec_type|expiry|strike|right.';
comment on column quotes.symbol is 'The underlying.';
comment on column quotes.sec_type is 'STK or OPT.';
comment on column quotes.expiry is 'Last trading day of an option, YYYYMMDD.';
comment on column quotes.strike is 'Of an option, USD per share.';
comment on column quotes.option_right is 'C or P.';
comment on column quotes.bid is 'USD; null where there was none.';
comment on column quotes.ask is 'USD; null where there was none.';
comment on column quotes.last is 'Last trade, USD.';
comment on column quotes.journal_id is 'The journal that the row comes from.';
comment on column quotes.sequence is 'The number of its record there.';
