-- Events on their way to the broker. A row is written in the transaction of the change it tells of, behind the aggregate's
-- own row, and deleted when the broker has acknowledged it.
create table outbox (
  -- The order of sending, within a lane. An identity is drawn behind the aggregate's row lock, so that the ids of one
  -- aggregate follow its versions.
  id bigint generated always as identity,
  -- One of 16. All events of an aggregate share a lane; random UUIDs (versions 4 and 7) spread evenly by their last digit.
  lane smallint not null generated always as ((get_byte(uuid_send(aggregate_id), 15) & 15)::smallint) stored,
  attempts smallint not null default 0,
  aggregate_version integer not null check (aggregate_version > 0),
  aggregate_id uuid not null,
  event_id uuid not null,
  created_at timestamptz not null default clock_timestamp(),
  -- Set: this event and everything later of its aggregate and topic waits for a person.
  parked_at timestamptz,
  park_reason text,
  topic text not null,
  type text not null,
  headers jsonb not null default '{}',
  payload bytea not null check (octet_length(payload) <= 900000),
  primary key (aggregate_id, topic, aggregate_version)
) with (
  -- A queue: its dead rows stand where the next read begins.
  autovacuum_vacuum_scale_factor = 0,
  autovacuum_vacuum_threshold = 2000,
  autovacuum_vacuum_insert_scale_factor = 0,
  autovacuum_vacuum_insert_threshold = 10000,
  autovacuum_vacuum_cost_delay = 0,
  autovacuum_analyze_scale_factor = 0,
  autovacuum_analyze_threshold = 5000
);

create index outbox_waiting on outbox (lane, id) where parked_at is null;
create index outbox_parked on outbox (aggregate_id, topic) where parked_at is not null;

-- What a relay locks: one relay sends from a lane at a time.
create table outbox_lane (lane smallint primary key);
insert into outbox_lane select generate_series(0, 15);
