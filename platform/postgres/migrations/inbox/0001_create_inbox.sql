-- What each consumer has taken in: the events that it handled, those that came too early and those that wait for a person.

-- One row for each event taken in. It goes after 14 days; inbox_cursor still knows then that the event is old.
create table inbox (
  seq bigint generated always as identity,
  processed_at timestamptz not null default clock_timestamp(),
  event_id uuid not null,
  aggregate_id uuid not null,
  aggregate_version integer not null,
  consumer text not null,
  topic text not null,
  primary key (consumer, event_id)
) with (autovacuum_vacuum_insert_scale_factor = 0.05);

-- Retention reads from the oldest on.
create index inbox_by_seq on inbox (seq);

-- How far a consumer has come with an aggregate. Its row is the lock of the key. Kept as long as the aggregate may have
-- events: without it an old event would look like a new one.
create table inbox_cursor (
  -- Events set aside, in resequence or, when parked, in parked.
  held integer not null default 0,
  last_version integer not null default 0,
  aggregate_id uuid not null,
  parked boolean not null default false,
  consumer text not null,
  topic text not null,
  primary key (consumer, topic, aggregate_id)
) with (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0);

-- Events whose predecessor has not come yet.
create table resequence (
  received_at timestamptz not null default clock_timestamp(),
  aggregate_version integer not null,
  aggregate_id uuid not null,
  event_id uuid not null,
  consumer text not null,
  topic text not null,
  type text not null,
  headers jsonb not null,
  payload bytea not null,
  primary key (consumer, topic, aggregate_id, aggregate_version)
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);

create index resequence_by_age on resequence (consumer, received_at);

-- Events of an aggregate whose first one could not be handled.
create table parked (like resequence including defaults including constraints,
  primary key (consumer, topic, aggregate_id, aggregate_version));

-- Why the events of an aggregate are parked.
create table parked_key (
  first_failed_at timestamptz not null default clock_timestamp(),
  last_failed_at timestamptz not null default clock_timestamp(),
  replay_requested_at timestamptz,
  replay_count integer not null default 0,
  failed_version integer not null,
  aggregate_id uuid not null,
  consumer text not null,
  topic text not null,
  reason text not null,
  error text not null,
  primary key (consumer, topic, aggregate_id)
);
