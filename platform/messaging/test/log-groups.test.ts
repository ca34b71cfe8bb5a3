import { randomUUID } from "node:crypto";
import { createPostgres } from "@gantry/postgres";
import { silentLogger } from "@gantry/telemetry";
import { eventually } from "@gantry/testing";
import { expect, onTestFinished, test } from "vitest";
import type { Broker } from "../src/index.ts";
import { commit, holdings, join, leave, position, release } from "../src/log/group-store.ts";
import { aClient, aLog, aLogBroker, texts } from "./log-fixture.ts";

/** The tables of groups with members that are played by hand. */
async function aGroup() {
  const { url, broker, client } = await aLog({ partitions: 2 });
  const postgres = createPostgres<unknown>({ url, applicationName: "test", logger: silentLogger });
  onTestFinished(() => postgres.close());
  const { rows: topics } = await client.query("select id, name, partitions from log_topic");
  const newMember = async () => {
    const { rows } = await client.query("insert into log_session (client_id) values ('hand') returning id");
    const id = randomUUID();
    await join(postgres, { id, group: "group", session: rows[0].id, topics });
    return id;
  };
  const held = (member: string) => holdings(postgres.db, [member]);
  return { broker, client, postgres, newMember, held };
}

test("what a former owner commits is refused, also when it is the owner again", async () => {
  const { postgres, newMember, held } = await aGroup();
  const first = await newMember();
  const [old] = await held(first);
  if (old === undefined) throw new Error("nothing held");
  expect(await commit(postgres.db, "group", [{ ...old, next: 3n }])).toHaveLength(1);
  await leave(postgres, "group", first);
  const second = await newMember();
  const [now] = await held(second);
  if (now === undefined) throw new Error("nothing held");
  expect(await commit(postgres.db, "group", [{ ...old, next: 1n }])).toEqual([]);
  expect(await commit(postgres.db, "group", [{ ...now, epoch: old.epoch, next: 1n }])).toEqual([]);
  expect(await position(postgres.db, "group", now)).toBe(3n);
  expect(await position(postgres.db, "group", old)).toBeUndefined();
});

test("an owner keeps its partition until it lets go, and then it is the other's", async () => {
  const { postgres, newMember, held } = await aGroup();
  const first = await newMember();
  const second = await newMember();
  expect(await held(second)).toEqual([]);
  const leaving = (await held(first)).filter(({ target }) => target === second);
  expect(leaving).toHaveLength(1);
  await release(postgres.db, "group", first, leaving);
  expect(await held(first)).toHaveLength(1);
  expect(await held(second)).toMatchObject([{ target: second, epoch: 2n }]);
});

test("joining and leaving may be asked for twice", async () => {
  const { postgres, client, newMember, held } = await aGroup();
  const id = await newMember();
  const { rows: topics } = await client.query("select id, name, partitions from log_topic");
  const { rows } = await client.query("select session_id from log_member");
  await join(postgres, { id, group: "group", session: rows[0].session_id, topics });
  expect(await held(id)).toHaveLength(2);
  await leave(postgres, "group", id);
  await leave(postgres, "group", id);
  expect(await held(id)).toEqual([]);
});

test("a member whose session was taken away joins again and goes on", async () => {
  const { broker, client } = await aLog();
  const seen = new Set<string>();
  await broker.consume({
    group: "group",
    topics: ["topic"],
    onBatch: async ({ messages }) => {
      for (const { value } of messages) seen.add(Buffer.from(value).toString());
    },
  });
  await broker.send(texts(0, 50));
  await eventually(() => seen.size === 50);
  const { rows } = await client.query("delete from log_session returning id");
  expect(rows).toHaveLength(1);
  // Before, it may still read what it had.
  await eventually(async () => (await client.query("select from log_session")).rowCount === 1);
  await broker.send(texts(50, 100));
  await eventually(() => seen.size === 100);
});

test("a process that stopped well leaves no session and no member behind", async () => {
  const { url, client } = await aLog();
  const second = await aLogBroker({ url });
  const { stop } = await second.consume({ group: "group", topics: ["topic"], onBatch: async () => undefined });
  await eventually(async () => (await client.query("select from log_member")).rowCount === 1);
  await stop();
  await second.stop();
  expect((await client.query("select from log_member")).rowCount).toBe(0);
  expect((await client.query("select from log_session")).rowCount).toBe(0);
  expect((await client.query("select from log_ownership where owner is not null")).rowCount).toBe(0);
});

test("a member that leaves while it joins leaves nothing behind", async () => {
  const { url, broker, client } = await aLog();
  const holder = await aClient(url);
  await holder.query("begin; insert into log_group values ('group')");
  const { stop } = await broker.consume({ group: "group", topics: ["topic"], onBatch: async () => undefined });
  const waiting = "select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()";
  await eventually(async () => (await client.query(waiting)).rowCount === 1);
  const stopping = stop();
  await holder.query("commit");
  await stopping;
  await broker.stop();
  expect((await client.query("select from log_member")).rowCount).toBe(0);
});

test("readers find new messages also when nobody tells them", async () => {
  const { broker, client } = await aLog({ partitions: 1 });
  const seen = Promise.withResolvers<void>();
  await broker.consume({ group: "group", topics: ["topic"], onBatch: async () => seen.resolve() });
  await eventually(
    async () => (await client.query("select from log_ownership where owner is not null")).rowCount === 1,
  );
  await client.query(
    "select log_append(array[id], array[0], array['k'::bytea], array['{}'::bytea], array['v'::bytea]) from log_topic",
  );
  await seen.promise;
});

/** A session that a test plays: its lock is held by the client it gets. */
async function aPlayedMember(url: string, seenAt: string) {
  const [client, keeper] = [await aClient(url), await aClient(url)];
  const { rows } = await client.query(
    `insert into log_session (client_id, seen_at) values ('played', ${seenAt})
     returning id, pg_advisory_lock(1818717031, id)`,
  );
  const { rows: topics } = await client.query("select id, name, partitions from log_topic");
  const postgres = createPostgres<unknown>({ url, applicationName: "test", logger: silentLogger });
  onTestFinished(() => postgres.close());
  await join(postgres, { id: randomUUID(), group: "group", session: rows[0].id, topics });
  const isThere = async () =>
    (await keeper.query("select from log_session where id = $1", [rows[0].id])).rowCount === 1;
  return { client, isThere };
}

async function aSurvivor(broker: Broker) {
  let held = 0;
  const consumption = await broker.consume({
    group: "group",
    topics: ["topic"],
    onBatch: async () => undefined,
    onAssignment: (partitions) => {
      held = partitions.length;
    },
  });
  return { ...consumption, held: () => held };
}

test("a member whose connection ends is replaced, however lately it was seen", async () => {
  const { url, broker, client } = await aLog();
  const dead = await aPlayedMember(url, "clock_timestamp() + interval '1 day'");
  const survivor = await aSurvivor(broker);
  const judged = "select from log_session where client_id = 'test' and seen_at > $1::timestamptz + interval '2 s'";
  const { rows } = await client.query("select clock_timestamp() as now");
  await eventually(async () => (await client.query(judged, [rows[0].now])).rowCount === 1);
  expect(survivor.held()).toBe(0);
  expect(await dead.isThere()).toBe(true);
  await dead.client.end();
  await eventually(() => survivor.held() === 4);
  expect(await dead.isThere()).toBe(false);
});

test("a member that was not seen for long is replaced, although its connection stands", async () => {
  const { url, broker } = await aLog();
  const frozen = await aPlayedMember(url, "clock_timestamp() - interval '1 minute'");
  const survivor = await aSurvivor(broker);
  await eventually(() => survivor.held() === 4);
  expect(await frozen.isThere()).toBe(false);
});
