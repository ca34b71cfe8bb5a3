import type { Postgres } from "@gantry/postgres";
import { sql } from "kysely";
import { assignPartitions } from "../port/assign-partitions.ts";
import { groupActive } from "../port/refusals.ts";
import { CHANNEL, GROUPS_CHANGED } from "./notifier.ts";
import type { LogTopic } from "./topic-catalog.ts";

/** A session that was not seen for so long is dead, although its connection stands: its process is frozen. */
export const LEASE_MS = 4000;

type Db = Parameters<ReturnType<typeof sql>["execute"]>[0];

/** A partition of a group. */
export interface Place {
  readonly topicId: number;
  readonly partition: number;
}

/** A member's request to read. */
export interface JoinRequest {
  /** Drawn by the member, for this session. */
  readonly id: string;
  readonly group: string;
  readonly session: number;
  readonly topics: readonly LogTopic[];
}

/** Adds a member and shares the partitions anew. Idempotent: the answer may get lost. */
export async function join(postgres: Postgres<unknown>, { id, group, session, topics }: JoinRequest): Promise<void> {
  const names = topics.map(({ name }) => name);
  const ids = topics.map(({ id }) => id);
  await postgres.transaction(async (trx) => {
    await sql`insert into log_group values (${group}) on conflict do nothing`.execute(trx);
    await lockGroup(trx, group);
    await sql`
      insert into log_member (id, group_name, session_id, topics) values (${id}, ${group}, ${session}, ${names})
      on conflict do nothing`.execute(trx);
    await sql`
      insert into log_ownership (group_name, topic_id, partition)
      select ${group}, topic_id, partition from log_partition where topic_id = any(${ids}::int[])
      on conflict do nothing`.execute(trx);
    await share(trx, group);
  });
}

/** Removes a member; the others have its partitions at once. Idempotent. */
export async function leave(postgres: Postgres<unknown>, group: string, member: string): Promise<void> {
  await postgres.transaction(async (trx) => {
    await lockGroup(trx, group);
    await sql`delete from log_member where id = ${member}`.execute(trx);
    await share(trx, group);
  });
}

/** Removes sessions and their members. Only one of those who try does it. */
export async function bury(postgres: Postgres<unknown>, sessions: readonly number[]): Promise<boolean> {
  return postgres.transaction(async (trx) => {
    const members = await sql<{ group: string }>`
      select distinct group_name as "group" from log_member where session_id = any(${sessions}::int[]) order by 1`.execute(
      trx,
    );
    for (const { group } of members.rows) await lockGroup(trx, group);
    const { rows } = await sql`
      delete from log_session s where s.id = any(${sessions}::int[]) and ${gone} returning s.id`.execute(trx);
    if (rows.length > 0) for (const { group } of members.rows) await share(trx, group);
    return rows.length > 0;
  });
}

/** Hands partitions to those who shall have them, as far as the member still has them. */
export async function release(db: Db, group: string, owner: string, places: readonly Place[]): Promise<void> {
  await sql`
    with handed as (
      update log_ownership o set owner = target, epoch = epoch + 1
      from unnest(${topicIds(places)}::int[], ${partitions(places)}::int[]) as v (topic_id, partition)
      where o.group_name = ${group} and o.topic_id = v.topic_id and o.partition = v.partition
        and o.owner = ${owner} and o.target is distinct from o.owner
      returning 1
    )
    select pg_notify(${CHANNEL}, ${GROUPS_CHANGED}) from (select count(*) from handed) as done`.execute(db);
}

/** @throws AppError `failed_precondition` GROUP_ACTIVE */
export async function seek(postgres: Postgres<unknown>, group: string, place: Place, offset: bigint): Promise<void> {
  await postgres.transaction(async (trx) => {
    await sql`insert into log_group values (${group}) on conflict do nothing`.execute(trx);
    await lockGroup(trx, group);
    const { rows } = await sql<{ alive: number }>`
      select count(*)::int as alive from log_member m join log_session s on s.id = m.session_id
      where m.group_name = ${group} and not ${gone}`.execute(trx);
    const alive = rows[0]?.alive ?? 0;
    if (alive > 0) throw groupActive(group, alive);
    await sql`
      insert into log_ownership (group_name, topic_id, partition, committed)
      values (${group}, ${place.topicId}, ${place.partition}, ${offset})
      on conflict (group_name, topic_id, partition) do update set committed = excluded.committed, epoch = log_ownership.epoch + 1`.execute(
      trx,
    );
  });
}

/** Says whether the session `s` is dead. Not to be asked by the connection that holds its lock. */
const gone = sql`(s.seen_at < clock_timestamp() - ${LEASE_MS}::int * interval '1 ms' or log_is_gone(s.id))`;

async function lockGroup(trx: Db, group: string): Promise<void> {
  await sql`select from log_group where name = ${group} for update`.execute(trx);
}

interface OwnershipRow extends Place {
  readonly topic: string;
  readonly owner: string | null;
  readonly target: string | null;
}

/** What a member has. */
export interface Holding extends Place {
  readonly owner: string;
  /** Who shall have it. */
  readonly target: string | null;
  readonly epoch: bigint;
}

/** What these members have. */
export async function holdings(db: Db, members: readonly string[]): Promise<readonly Holding[]> {
  const { rows } = await sql<Holding>`
    select topic_id as "topicId", partition, owner, target, epoch from log_ownership
    where owner = any(${members}::uuid[]) order by 1, 2`.execute(db);
  return rows;
}

/** Where an owner goes on; undefined when it is the owner no more. */
export async function position(db: Db, group: string, { topicId, partition, owner, epoch }: Holding) {
  const { rows } = await sql<{ next: bigint }>`
    select coalesce(o.committed, p.first_offset) as next
    from log_ownership o join log_partition p using (topic_id, partition)
    where o.group_name = ${group} and o.topic_id = ${topicId} and o.partition = ${partition}
      and o.owner = ${owner} and o.epoch = ${epoch}`.execute(db);
  return rows[0]?.next;
}

/** An owner's progress. */
export interface Progress extends Place {
  readonly owner: string;
  readonly epoch: bigint;
  readonly next: bigint;
}

/**
 * Remembers how far owners are. Does not wait for the disk: what a crash of the server takes back is delivered again.
 * @returns those that were taken; the others come from former owners
 */
export async function commit(db: Db, group: string, progress: readonly Progress[]): Promise<readonly Place[]> {
  const { rows } = await sql<Place>`
    update log_ownership o set committed = v.next
    from unnest(${topicIds(progress)}::int[], ${partitions(progress)}::int[], ${progress.map(({ owner }) => owner)}::uuid[],
        ${progress.map(({ epoch }) => epoch)}::bigint[], ${progress.map(({ next }) => next)}::bigint[])
        as v (topic_id, partition, owner, epoch, next),
      (select set_config('synchronous_commit', 'off', true)) as relaxed
    where o.group_name = ${group} and o.topic_id = v.topic_id and o.partition = v.partition
      and o.owner = v.owner and o.epoch = v.epoch
    returning o.topic_id as "topicId", o.partition`.execute(db);
  return rows;
}

/** Decides who shall have what. What nobody alive has changes hands now, the rest when its owner lets go. */
async function share(trx: Db, group: string): Promise<void> {
  const members = await sql<{ id: string; topics: readonly string[] }>`
    select id, topics from log_member where group_name = ${group} order by id`.execute(trx);
  const owned = await sql<OwnershipRow>`
    select o.topic_id as "topicId", o.partition, o.owner, o.target, t.name as topic
    from log_ownership o join log_topic t on t.id = o.topic_id
    where o.group_name = ${group} order by o.topic_id, o.partition`.execute(trx);
  const targets = assignPartitions(
    owned.rows.map((row) => ({ id: idOf(row), topic: row.topic })),
    members.rows,
    new Map(owned.rows.map((row) => [idOf(row), row.target ?? row.owner ?? ""])),
  );
  const alive = new Set(members.rows.map(({ id }) => id));
  const changed = owned.rows.flatMap((row) => {
    const next = { ...row, target: targets.get(idOf(row)) ?? null };
    const orphan = row.owner === null ? next.target !== null : !alive.has(row.owner);
    return orphan || next.target !== row.target ? [{ ...next, owner: orphan ? next.target : row.owner, orphan }] : [];
  });
  await sql`
    update log_ownership o set target = v.target, owner = v.owner, epoch = epoch + v.orphan::int
    from unnest(${topicIds(changed)}::int[], ${partitions(changed)}::int[], ${changed.map(({ target }) => target)}::uuid[],
      ${changed.map(({ owner }) => owner)}::uuid[], ${changed.map(({ orphan }) => orphan)}::boolean[])
      as v (topic_id, partition, target, owner, orphan)
    where o.group_name = ${group} and o.topic_id = v.topic_id and o.partition = v.partition`.execute(trx);
  await sql`select pg_notify(${CHANNEL}, ${GROUPS_CHANGED})`.execute(trx);
}

/** A place as a text. */
export const idOf = ({ topicId, partition }: Place): string => `${topicId}/${partition}`;
const topicIds = (places: readonly Place[]): number[] => places.map(({ topicId }) => topicId);
const partitions = (places: readonly Place[]): number[] => places.map(({ partition }) => partition);
