-- What the shadows of the books did: other gates and policies on the same quotes, without orders.
-- A row for each day of each session, replaced until it is over. `live` is the book itself, told by
-- the same measures; a session begins all of them with the shares that the book owns.

create table shadow_days (
  symbol text not null,
  account text not null,
  day text not null,
  shadow text not null,
  session bigint not null,
  from_ts double precision not null,
  until_ts double precision not null,
  evaluations integer not null,
  error_mean double precision not null,
  error_square double precision not null,
  error_most double precision not null,
  hedges integer not null,
  orders integer not null,
  shares integer not null,
  owned integer not null,
  net_delta double precision,
  trading_state text not null,
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
  ts double precision not null,
  trading_ts double precision,
  journal_id text not null,
  sequence bigint not null,
  primary key (symbol, account, shadow, day, journal_id, session)
);
create index shadow_days_day on shadow_days (day);

comment on table shadow_days is
  'What each shadow of a book, and the book itself beside them, did in a day of a session.';
comment on column shadow_days.symbol is 'The underlying.';
comment on column shadow_days.account is 'Account id.';
comment on column shadow_days.day is 'Trading day of New York, YYYYMMDD.';
comment on column shadow_days.shadow is 'Its name in the configuration; live is the book itself.';
comment on column shadow_days.session is
  'The number of the first record of the session in its journal.';
comment on column shadow_days.from_ts is 'First evaluation, by the broker''s clock, unix seconds.';
comment on column shadow_days.until_ts is 'Last evaluation, likewise.';
comment on column shadow_days.evaluations is 'Evaluations with a net delta.';
comment on column shadow_days.error_mean is 'Mean net delta at the evaluations, shares.';
comment on column shadow_days.error_square is 'Mean of its square, shares squared.';
comment on column shadow_days.error_most is 'Its largest size, shares.';
comment on column shadow_days.hedges is 'Hedges with at least one fill.';
comment on column shadow_days.orders is 'Orders sent.';
comment on column shadow_days.shares is 'Shares traded.';
comment on column shadow_days.owned is 'Shares owned at last, signed.';
comment on column shadow_days.net_delta is
  'Net delta at last, shares; null where it was not known.';
comment on column shadow_days.trading_state is 'State of its trading machine at last.';
comment on column shadow_days.delta is 'Earned by delta.';
comment on column shadow_days.gamma is 'Earned by gamma.';
comment on column shadow_days.theta is 'Earned by theta.';
comment on column shadow_days.vega is 'Earned by vega.';
comment on column shadow_days.vanna_volga is 'Earned by vanna and volga.';
comment on column shadow_days.rho is 'Earned by rates.';
comment on column shadow_days.dividend is 'Earned by dividends.';
comment on column shadow_days.financing is 'Interest on cash and shares.';
comment on column shadow_days.commission is 'What the broker took; negative is a cost.';
comment on column shadow_days.slippage is 'Fill against mid; negative is a cost.';
comment on column shadow_days.option_spread is 'Mids against where options were traded.';
comment on column shadow_days.exercise is 'Earned by exercise, assignment and expiry.';
comment on column shadow_days.unexplained is 'What no other part explains.';
comment on column shadow_days.total is 'All parts together.';
comment on column shadow_days.implied_gamma is
  'What gamma would earn at implied volatility; no part of the total.';
comment on column shadow_days.ts is 'When the row was written, wall time, unix seconds.';
comment on column shadow_days.trading_ts is 'The same by the broker''s clock, unix seconds.';
comment on column shadow_days.journal_id is 'The journal that the row comes from.';
comment on column shadow_days.sequence is 'The number of its record there.';
