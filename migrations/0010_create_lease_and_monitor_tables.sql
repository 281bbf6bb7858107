-- One writer, what a successor must know, and what a monitor on another host shows.

-- Who writes: the one row, by the database's clock. Each change of the writer raises the epoch.
create table daemon_lease (
  id integer primary key default 1 check (id = 1),
  epoch bigint not null,
  holder text not null,
  host text not null,
  pid integer not null,
  start_time bigint not null,
  data_dir text not null,
  url text,
  journal_id text,
  fenced boolean not null,
  lease_s double precision not null,
  acquired_at timestamptz not null,
  renewed_at timestamptz not null,
  expires_at timestamptz not null,
  released_at timestamptz,
  release_reason text
);

-- Daemons that wait to take over; a row that is not seen again for a while is of one that is gone.
create table daemon_standby (
  holder text primary key,
  host text not null,
  pid integer not null,
  url text,
  since timestamptz not null default now(),
  seen_at timestamptz not null default now(),
  reason text not null
);

-- What a successor begins with: what was known when the writer's session began, and every fact of
-- it since then that leaves a memory. Both are of one journal, that of the last writer with ha on.
create table recovery_base (
  id integer primary key default 1 check (id = 1),
  epoch bigint not null,
  journal_id text not null,
  sequence bigint not null,
  exchange_id text,
  durable jsonb not null
);

create table recovery_facts (
  epoch bigint not null,
  number bigint not null,
  sequence bigint not null,
  fact jsonb not null,
  primary key (epoch, number)
);

-- What the daemon's API shows, for monitors. It is of the moment: a crash of the server may empty
-- it, and the next heartbeat fills it again.
create unlogged table monitor_views (
  name text primary key,
  body jsonb not null,
  epoch bigint not null,
  updated_at timestamptz not null default now()
);

-- Monitors that look now: while there is one the views are written every second.
create unlogged table monitor_sessions (
  holder text primary key,
  seen_at timestamptz not null default now()
);

-- Whoever writes a command wakes the daemon at once; without the call it looks every second.
alter table daemon_control add column result jsonb;

create function announce_control() returns trigger language plpgsql as $$
begin
  perform pg_notify('bifrost_control', new.id::text);
  return null;
end
$$;

create trigger announce after insert on daemon_control
  for each row execute function announce_control();
