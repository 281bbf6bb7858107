-- Where the P&L of each book came from, USD; a gain is positive, so costs are negative. The parts
-- add up to total; implied_gamma is none of them: it is what gamma would have earned had the
-- underlying moved by its implied volatility. ts: wall time, unix seconds; trading_ts: the broker's
-- time. from_ts and until_ts: of the interval, by the broker's time.

-- scope `interval`: between two moments of a day. `hedge`: all since the hedge before, with what
-- the hedge named by order_ref cost; order_ref of an interval: the order whose fill ended it.
create table attributions (
  id bigserial primary key,
  ts double precision not null,
  trading_ts double precision,
  symbol text not null,
  account text not null,
  day text not null,
  scope text not null,
  from_ts double precision not null,
  until_ts double precision not null,
  order_ref text,
  spot_start double precision,
  spot_end double precision,
  shares integer,
  delta double precision not null,
  gamma double precision not null,
  theta double precision not null,
  vega double precision not null,
  vanna_volga double precision not null,
  rho double precision not null,
  dividend double precision not null,
  financing double precision not null,
  commission double precision not null,
  slippage double precision not null,
  option_spread double precision not null,
  exercise double precision not null,
  unexplained double precision not null,
  total double precision not null,
  implied_gamma double precision not null,
  journal_id text not null,
  sequence bigint not null
);
create index attributions_symbol_ts on attributions (symbol, ts);

-- The day so far; when it is over, the day.
create table attribution_days (
  symbol text not null,
  account text not null,
  day text not null,
  ts double precision not null,
  trading_ts double precision,
  delta double precision not null,
  gamma double precision not null,
  theta double precision not null,
  vega double precision not null,
  vanna_volga double precision not null,
  rho double precision not null,
  dividend double precision not null,
  financing double precision not null,
  commission double precision not null,
  slippage double precision not null,
  option_spread double precision not null,
  exercise double precision not null,
  unexplained double precision not null,
  total double precision not null,
  implied_gamma double precision not null,
  journal_id text not null,
  sequence bigint not null,
  primary key (symbol, account, day)
);
