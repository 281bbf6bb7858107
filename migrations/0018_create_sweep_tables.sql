-- Sweeps whose cells are run by any number of `bifrost worker` processes. The queue itself is
-- graphile-worker's, in a schema of its own; a cell is named by everything that shapes its result,
-- so that running one twice changes nothing.

create table sweep_tasks (
  task text primary key,
  body json not null,
  created_at timestamptz not null default now()
);

create table sweep_results (
  job text primary key,
  task text not null,
  result json not null,
  worker text not null,
  attempts integer not null,
  created_at timestamptz not null default now()
);

create table sweep_workers (
  worker text primary key,
  host text not null,
  pid integer not null,
  seen timestamptz not null default now()
);

comment on table sweep_tasks is
  'What all cells of a sweep share: configuration without secrets, what is held, days of the data.';
comment on column sweep_tasks.task is 'Its name, a hash of the body.';
comment on column sweep_tasks.body is 'As the sweep wrote it.';
comment on column sweep_tasks.created_at is 'When a sweep first asked for it.';
comment on table sweep_results is
  'What came of each cell, once; a sweep that is run again takes it from here.';
comment on column sweep_results.job is
  'A hash of data, days, configuration, what is held, seed and version.';
comment on column sweep_results.task is 'The name of its task.';
comment on column sweep_results.result is 'As in cells.jsonl of a sweep without workers.';
comment on column sweep_results.worker is 'The worker that ran it.';
comment on column sweep_results.attempts is
  'How often it was begun: more than once where a worker died with it.';
comment on column sweep_results.created_at is 'When it was done.';
comment on table sweep_workers is
  'Workers that live: a row that nobody renews for seconds is of one that is dead.';
comment on column sweep_workers.worker is 'Its name in the queue.';
comment on column sweep_workers.host is 'Where it runs.';
comment on column sweep_workers.pid is 'Its process there.';
comment on column sweep_workers.seen is 'When it last said that it lives, by the clock here.';
