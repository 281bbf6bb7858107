-- Statistics read stretches of trading days. What is written is dated by the wall clock, which in a
-- simulated session is far from the broker's, so the broker's time needs an index of its own.

create index executions_traded_ts on executions ((coalesce(broker_ts, trading_ts, ts)));
create index operations_trading_ts on operations (trading_ts);
-- Rows of the earlier engine have no other time.
create index operations_earlier_ts on operations (ts) where journal_id is null;
create index attributions_hedge_day on attributions (day) where scope = 'hedge';
create index machine_transitions_trading_ts on machine_transitions (trading_ts);
