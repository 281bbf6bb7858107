-- The two tables that grow without end are kept by month, so that what is too old goes by dropping
-- a table and not row by row. Rows of before stay where they are, in the default partition, which
-- also takes what no month's partition is there for: no row is refused for its date. A primary key
-- would have to hold the date, which the earlier engine's rows may lack; `id` stays unique by its
-- sequence.

-- The column that partitions has its type for good; the earlier engine's may differ.
alter table status_history alter column ts type double precision;
alter table status_history rename to status_history_default;
alter index if exists status_history_symbol_ts rename to status_history_default_symbol_ts;
create table status_history (like status_history_default including defaults)
  partition by range (ts);
alter table status_history attach partition status_history_default default;
create index status_history_symbol_ts on status_history (symbol, ts);

alter table machine_transitions rename to machine_transitions_default;
alter index machine_transitions_machine_id rename to machine_transitions_default_machine_id;
alter index machine_transitions_ts rename to machine_transitions_default_ts;
create table machine_transitions (like machine_transitions_default including defaults)
  partition by range (ts);
alter table machine_transitions attach partition machine_transitions_default default;
create index machine_transitions_machine_id on machine_transitions (machine, id);
create index machine_transitions_ts on machine_transitions (ts);

-- How far behind the shipping is, for whoever reads the database alone. last_ts: wall time of the
-- newest record shipped, unix seconds; lag_bytes: what of the journal was not shipped then.
alter table journal_progress
  add column last_ts double precision,
  add column lag_bytes bigint;
