import { silentLogger } from "@gantry/telemetry";
import { eventually, freePort, testDatabase } from "@gantry/testing";
import { sql } from "kysely";
import { expect, onTestFinished, test } from "vitest";
import { createLogBroker, migrateLog } from "../src/index.ts";
import { openLogDatabase } from "../src/log/log-database.ts";
import { fetchMessages } from "../src/log/message-reader.ts";
import { aLog, aLogBroker, texts } from "./log-fixture.ts";

const HOUR_MS = 3_600_000;

test("offsets have no gaps and no repeats, however many send and fail", async () => {
  const { url, broker, client } = await aLog({ partitions: 3 });
  const brokers = [broker, ...(await Promise.all([1, 2, 3].map(() => aLogBroker({ url }))))];
  const sending = brokers.flatMap((each, n) => [
    each.send(texts(n * 100, n * 100 + 50)),
    each.send(texts(n * 100 + 50, n * 100 + 100)),
  ]);
  for (let n = 0; n < 5; n++) {
    await client.query(
      "select pg_terminate_backend(pid) from pg_stat_activity where query like '%log_append%' and pid <> pg_backend_pid()",
    );
  }
  await Promise.all(sending);
  const { rows } = await client.query<{ ok: boolean; messages: number }>(`
    select bool_and(n = "offset") as ok, count(*)::int as messages
    from (select "offset", row_number() over (partition by topic_id, partition order by "offset") - 1 as n from log_message) m`);
  expect(rows[0]?.ok).toBe(true);
  expect(rows[0]?.messages).toBeGreaterThanOrEqual(400);
});

test("any number of processes may bring an empty database up to date at once", async () => {
  const { url } = await testDatabase();
  await Promise.all(Array.from({ length: 5 }, () => migrateLog({ url, logger: silentLogger })));
  const broker = await aLogBroker({ url });
  await broker.admin.createTopics([{ name: "topic", partitions: 2 }]);
  expect(await broker.admin.ranges("topic")).toHaveLength(2);
});

test("what is too old is removed, from the front, and the rest stays", async () => {
  const { url, broker, client } = await aLog({ partitions: 1, retention: { maxAgeMs: HOUR_MS, everyMs: 20 } });
  await broker.send(texts(0, 10));
  await client.query("update log_message set sent_at = sent_at - interval '2 hours' where \"offset\" < 4");
  await eventually(async () => (await broker.admin.ranges("topic"))[0]?.first === 4n);
  expect(await broker.admin.read("topic", 0, 0n, 2)).toMatchObject([{ offset: 4n }, { offset: 5n }]);
  expect(await broker.admin.lag("new", ["topic"])).toEqual([
    { topic: "topic", partition: 0, committed: 4n, next: 10n },
  ]);
  const reader = await aLogBroker({ url });
  const first = Promise.withResolvers<bigint | undefined>();
  const { stop } = await reader.consume({
    group: "new",
    topics: ["topic"],
    onBatch: async ({ messages }) => first.resolve(messages[0]?.offset),
  });
  expect(await first.promise).toBe(4n);
  await stop();
});

test("what is too much is removed, the oldest of the topic first, in small batches", async () => {
  const { broker } = await aLog({ partitions: 2, retention: { maxMessages: 1500, everyMs: 20 } });
  await broker.send(texts(0, 2600));
  await broker.send(texts(2600, 4000));
  const kept = async () =>
    (await broker.admin.ranges("topic")).reduce((sum, { first, next }) => sum + next - first, 0n);
  await eventually(async () => (await kept()) === 1500n);
  const heads = await Promise.all([0, 1].map((n) => broker.admin.read("topic", n, 0n, 1)));
  for (const [head] of heads) expect(Number(Buffer.from(head?.value ?? []).toString())).toBeGreaterThan(1000);
});

test("a group whose place was removed goes on at the first message kept", async () => {
  const { broker, client } = await aLog({ partitions: 1, retention: { maxAgeMs: HOUR_MS, everyMs: 20 } });
  await broker.send(texts(0, 10));
  await broker.admin.seek("group", "topic", 0, 2n);
  await client.query("update log_message set sent_at = sent_at - interval '2 hours' where \"offset\" < 6");
  await eventually(async () => (await broker.admin.ranges("topic"))[0]?.first === 6n);
  const seen: string[] = [];
  const { stop } = await broker.consume({
    group: "group",
    topics: ["topic"],
    onBatch: async ({ messages }) => void seen.push(...messages.map(({ value }) => Buffer.from(value).toString())),
  });
  await eventually(() => seen.length >= 4);
  await stop();
  expect(seen).toEqual(["6", "7", "8", "9"]);
});

test("without its database a broker starts, and says of each message that it has it not", async () => {
  const url = `postgres://nobody@127.0.0.1:${await freePort()}/none`;
  const broker = createLogBroker({
    url,
    clientId: "test",
    topics: [{ name: "topic", partitions: 1 }],
    logger: silentLogger,
  });
  onTestFinished(() => broker.stop());
  await broker.start();
  const outcomes = await broker.send(texts(0, 2));
  expect(outcomes).toMatchObject([
    { acked: false, error: { kind: "unavailable" } },
    { acked: false, error: { kind: "unavailable" } },
  ]);
  const consumption = await broker.consume({ group: "group", topics: ["topic"], onBatch: async () => undefined });
  await consumption.stop();
});

test("messages are found by their place, also by a process that met the log when it was small", async () => {
  const { url, broker, client } = await aLog();
  const database = openLogDatabase({ url, clientId: "test", logger: silentLogger });
  onTestFinished(() => database.close());
  const postgres = await database.ready();
  const { rows: topics } = await client.query("select id, name, partitions from log_topic");
  await broker.send(texts(0, 60));
  await client.query("analyze log_message");
  const scans = await postgres.transaction(async (trx) => {
    const place = { topic: topics[0], partition: 0, position: 0n };
    for (let n = 0; n < 10; n++) await fetchMessages(trx, [place], 50);
    return sql`select seq_scan from pg_stat_xact_user_tables where relname = 'log_message'`.execute(trx);
  });
  expect(scans.rows).toEqual([{ seq_scan: 0n }]);
});
