-- A durable partitioned log, and the groups that read it. Decision 070 says why it is built this way.

create table log_topic (
  id integer generated always as identity primary key,
  name text not null unique check (octet_length(name) between 1 and 249),
  partitions integer not null check (partitions between 1 and 1000)
);

-- Its row is the lock under which offsets are given out: a message is visible only after all before it.
create table log_partition (
  topic_id integer not null references log_topic,
  partition integer not null,
  -- The first message kept and the next one to come.
  first_offset bigint not null default 0,
  next_offset bigint not null default 0,
  primary key (topic_id, partition),
  check (first_offset <= next_offset)
) with (fillfactor = 20, autovacuum_vacuum_threshold = 500, autovacuum_vacuum_scale_factor = 0);

-- Bytes throughout: a key or a header may hold characters that text cannot.
create table log_message (
  topic_id integer not null,
  partition integer not null,
  "offset" bigint not null,
  key bytea not null,
  headers bytea not null,
  value bytea not null,
  sent_at timestamptz not null default clock_timestamp(),
  primary key (topic_id, partition, "offset")
);
-- Protobuf hardly shrinks: trying costs more than it saves.
alter table log_message alter column value set storage external;

-- One for each process that reads. It is alive while it holds the advisory lock of its id and was seen lately.
create table log_session (
  id integer generated always as identity primary key,
  client_id text not null,
  seen_at timestamptz not null default clock_timestamp()
) with (fillfactor = 20);

-- Its row is the lock under which members come and go.
create table log_group (
  name text primary key
);

create table log_member (
  -- Drawn by the member: it can ask to join, or to leave, again when it did not hear the answer.
  id uuid primary key,
  group_name text not null references log_group,
  session_id integer not null references log_session on delete cascade,
  topics text[] not null
);
create index on log_member (session_id);
create index on log_member (group_name);

-- Who reads what, how far it is, and who shall have it as soon as the owner lets go.
create table log_ownership (
  group_name text not null references log_group,
  topic_id integer not null references log_topic,
  partition integer not null,
  -- The next offset that the group reads; null: from the first message kept.
  committed bigint,
  owner uuid,
  target uuid,
  -- Rises with every new owner: what an earlier one commits is refused.
  epoch bigint not null default 0,
  primary key (group_name, topic_id, partition)
) with (fillfactor = 50);

-- Stores messages in the order given. One statement, so that no client can stop halfway and hold the locks; partitions are
-- locked in one order, so that two senders cannot wait for each other.
create function log_append(
  p_topics integer[], p_partitions integer[], p_keys bytea[], p_headers bytea[], p_values bytea[]
) returns void language plpgsql as $$
begin
  perform from log_partition p
  where (p.topic_id, p.partition) in (select * from unnest(p_topics, p_partitions))
  order by p.topic_id, p.partition
  for update;

  insert into log_message (topic_id, partition, "offset", key, headers, value)
  select m.topic_id, m.partition,
    p.next_offset + row_number() over (partition by m.topic_id, m.partition order by m.n) - 1,
    m.key, m.headers, m.value
  from unnest(p_topics, p_partitions, p_keys, p_headers, p_values)
    with ordinality as m (topic_id, partition, key, headers, value, n)
  join log_partition p using (topic_id, partition)
  order by m.n;

  update log_partition p set next_offset = p.next_offset + added.messages
  from (
    select topic_id, partition, count(*) as messages
    from unnest(p_topics, p_partitions) as m (topic_id, partition)
    group by 1, 2
  ) as added
  where p.topic_id = added.topic_id and p.partition = added.partition;
end
$$;

-- Whether nobody holds the lock of a session: its process, or the connection of its process, is gone.
create function log_is_gone(p_session integer) returns boolean language sql volatile as $$
  select pg_try_advisory_xact_lock_shared(1818717031, p_session)
$$;
