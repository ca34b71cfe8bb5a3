import { eventually, freePort, startEmbeddedPostgres, tempDir } from "@gantry/testing";
import type { Client } from "pg";
import { describe, expect, onTestFinished, test } from "vitest";
import type { Broker } from "../src/index.ts";
import { aClient, aLog, aLogBroker, texts } from "./log-fixture.ts";

const KILLS = 8;

/** A reader that tells the texts it has seen. */
async function reader(broker: Broker): Promise<Set<string>> {
  const seen = new Set<string>();
  await broker.consume({
    group: "group",
    topics: ["topic"],
    onBatch: async ({ messages }) => {
      for (const { value } of messages) seen.add(Buffer.from(value).toString());
    },
  });
  return seen;
}

/** How many partitions each owner has. */
async function shares(client: Client): Promise<readonly number[]> {
  const { rows } = await client.query("select count(*)::int as held from log_ownership group by owner");
  return rows.map(({ held }) => held);
}

/** Sends until it is acknowledged, as a relay does. */
async function sendUntilAcked(broker: Broker, from: number, to: number): Promise<void> {
  await eventually(async () => (await broker.send(texts(from, to))).every(({ acked }) => acked), { withinMs: 60_000 });
}

/** A PostgreSQL that can be stopped and started again at the same place. */
async function aServer() {
  const directory = await tempDir("log-restart-");
  onTestFinished(() => directory.remove());
  const port = await freePort();
  const start = async () => {
    const server = await startEmbeddedPostgres({ directory: directory.path, port });
    onTestFinished(() => server.stop());
    return server;
  };
  const first = await start();
  return { first, url: await first.createDatabase("events"), startAgain: start };
}

describe("the log outlives its database", { timeout: 150_000 }, () => {
  test("every connection killed, again and again: all that was sent arrives, and the members come back", async () => {
    const { url, broker, client } = await aLog();
    const others = [await aLogBroker({ url }), await aLogBroker({ url })];
    const seen = await Promise.all(others.map(reader));
    for (let n = 0; n < KILLS; n++) {
      const sending = sendUntilAcked(broker, n * 50, n * 50 + 50);
      await client.query(
        "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()",
      );
      await sending;
    }
    await eventually(() => new Set(seen.flatMap((set) => [...set])).size === KILLS * 50, { withinMs: 60_000 });
    await eventually(async () => expect(await shares(client)).toEqual([2, 2]), { withinMs: 60_000 });
  });

  test("PostgreSQL killed and started again: brokers go on by themselves", async () => {
    const { first, url, startAgain } = await aServer();
    const [sender, receiver] = [await aLogBroker({ url }), await aLogBroker({ url })];
    await sender.admin.createTopics([{ name: "topic", partitions: 4 }]);
    const seen = await reader(receiver);
    await sendUntilAcked(sender, 0, 100);
    await eventually(() => seen.size === 100);

    process.kill(first.pid, "SIGKILL");
    await first.exited;
    const sending = sendUntilAcked(sender, 100, 200);
    await startAgain();
    await sending;
    await eventually(() => seen.size === 200, { withinMs: 60_000 });
  });

  test("a member that leaves while the database is away is not missed for ever", async () => {
    const { first, url, startAgain } = await aServer();
    const [leaving, staying] = [await aLogBroker({ url }), await aLogBroker({ url })];
    await leaving.admin.createTopics([{ name: "topic", partitions: 4 }]);
    const { stop } = await leaving.consume({ group: "group", topics: ["topic"], onBatch: async () => undefined });
    const seen = await reader(staying);
    const client = await aClient(url);
    await eventually(async () => expect(await shares(client)).toEqual([2, 2]));
    await first.stop();
    await stop();

    await startAgain();
    await sendUntilAcked(leaving, 0, 100);
    await eventually(() => seen.size === 100, { withinMs: 60_000 });
    const again = await aClient(url);
    expect(await shares(again)).toEqual([4]);
  });

  test("members that came before the database join when it is there, one without its topic aside", async () => {
    const { first, url, startAgain } = await aServer();
    await (await aLogBroker({ url })).admin.createTopics([{ name: "topic", partitions: 4 }]);
    await first.stop();
    const early = await aLogBroker({ url, topics: [{ name: "topic", partitions: 4 }] });
    await early.consume({ group: "group", topics: ["never-there"], onBatch: async () => undefined });
    const seen = await reader(early);
    await startAgain();
    await sendUntilAcked(early, 0, 100);
    await eventually(() => seen.size === 100, { withinMs: 60_000 });
  });
});
