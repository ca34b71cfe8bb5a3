-- One row for each ship: when it is ready is drawn once and kept here, so that no crash draws it again.
create table assembly_job (
  order_uuid uuid primary key,
  user_uuid uuid not null,
  build_time_ms integer not null check (build_time_ms between 0 and 86400000),
  -- on the clock of this database, like everything that asks whether it has come
  due_at timestamptz not null,
  state text not null default 'BUILDING' check (state in ('BUILDING', 'DONE')),
  -- the trace that the job belongs to
  trace_headers jsonb not null default '{}',
  created_at timestamptz not null default clock_timestamp(),
  finished_at timestamptz,
  constraint assembly_job_never_early check (finished_at >= due_at),
  constraint assembly_job_finished_iff_done check ((state = 'DONE') = (finished_at is not null))
);

create index assembly_job_due on assembly_job (due_at) where state = 'BUILDING';
