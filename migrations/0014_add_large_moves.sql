-- Where the spot went further in one interval than a daily deviation, as over a night, greeks
-- explain the options badly: beside their split stands what a full revaluation says.

alter table attributions
  add column large_spot double precision,
  add column large_vol double precision,
  add column large_time double precision,
  add column large_rest double precision;

comment on column attributions.large_spot is
  'Of an interval too large for greeks: the options revalued at the new spot, USD; else null.';
comment on column attributions.large_vol is 'Then at the new volatility, USD.';
comment on column attributions.large_time is 'Then at the new time, USD.';
comment on column attributions.large_rest is 'What the model does not reprice, USD.';
