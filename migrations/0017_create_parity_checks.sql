-- Each replay of the journal by the daemon itself: whether it decides again what it says.

create table parity_checks (
  id bigserial primary key,
  ts double precision not null,
  trading_ts double precision,
  state text not null,
  checked_at double precision not null,
  took_s double precision not null,
  reason text not null,
  from_sequence bigint not null,
  to_sequence bigint not null,
  records integer not null,
  evaluations integer not null,
  sessions integer not null,
  missing integer not null,
  decisions integer not null,
  orders integer not null,
  journal_id text not null,
  sequence bigint not null
);
create index parity_checks_ts on parity_checks (ts);

comment on table parity_checks is
  'Replays of the journal, each night: is all decided again as it says?';
comment on column parity_checks.id is 'In the order in which they came.';
comment on column parity_checks.ts is 'When the row was written, wall time, unix seconds.';
comment on column parity_checks.trading_ts is 'The same by the broker''s clock, unix seconds.';
comment on column parity_checks.state is
  'identical, differs, or failed where it could not be replayed to its end.';
comment on column parity_checks.checked_at is 'When it was replayed, wall time, unix seconds.';
comment on column parity_checks.took_s is 'How long that took, seconds.';
comment on column parity_checks.reason is 'What differs, or why it failed; else empty.';
comment on column parity_checks.from_sequence is 'The first record that was looked at.';
comment on column parity_checks.to_sequence is 'The last one.';
comment on column parity_checks.records is 'Records that were run again.';
comment on column parity_checks.evaluations is 'Of them, evaluations of a book.';
comment on column parity_checks.sessions is 'Sessions of the engine among them.';
comment on column parity_checks.missing is
  'Evaluations that changed nothing and whose tape is gone.';
comment on column parity_checks.decisions is 'Assessments that differed from the one before.';
comment on column parity_checks.orders is 'Orders that were sent.';
comment on column parity_checks.journal_id is 'The journal that was replayed.';
comment on column parity_checks.sequence is 'The number of the record of this row there.';
