-- Attributions grow with every fill, as the history does with every change: they are kept by month
-- too. What was there stays in the default partition; `id` stays unique by its sequence, because a
-- primary key would have to hold the date.

alter table attributions rename to attributions_default;
alter index attributions_pkey rename to attributions_default_pkey;
alter table attributions_default drop constraint attributions_default_pkey;
alter index attributions_symbol_ts rename to attributions_default_symbol_ts;
alter index attributions_hedge_day rename to attributions_default_hedge_day;
create table attributions (like attributions_default including defaults including comments)
  partition by range (ts);
alter table attributions attach partition attributions_default default;
create index attributions_symbol_ts on attributions (symbol, ts);
create index attributions_hedge_day on attributions (day) where scope = 'hedge';
-- The hedge of an order is looked for by the order, and so is what another daemon wrote of it.
create index attributions_hedge_order on attributions (order_ref) where scope = 'hedge';
comment on table attributions is
  'Where the P&L of a book came from, by interval and by hedge, USD; partitioned by month.';

-- A fill that two daemons have booked, one after the other, is found by its execution.
create index operations_fill_exec on operations (exec_id) where type = 'fill';
