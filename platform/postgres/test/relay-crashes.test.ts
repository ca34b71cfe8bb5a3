import { spawn } from "node:child_process";
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { createInterface } from "node:readline";
import { silentLogger } from "@gantry/telemetry";
import { eventually, freePort, startEmbeddedPostgres, tempDir } from "@gantry/testing";
import { sql } from "kysely";
import { afterAll, describe, expect, test } from "vitest";
import { createPostgres, outboxStatus, type Postgres, writeOutbox } from "../src/index.ts";
import { aHistory, anEvent, anEventDatabase, type EventTables, migrateEvents } from "./events.ts";
import { aBroker, aRelay } from "./relays.ts";

const isEmpty = async ({ db }: Pick<Postgres<EventTables>, "db">): Promise<boolean> =>
  (await outboxStatus(db)).rows === 0;

/** Ends the backends of a relay that are in a transaction: those of a process that was killed end like this. */
const killRelay = ({ db }: Postgres<EventTables>, name: string) =>
  sql`select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and application_name = ${name} and state like 'idle in transaction%'`.execute(
    db,
  );

describe("a relay", () => {
  test.each([
    ["between sending and deleting", "relay.after_produce"],
    ["between deleting and the commit", "relay.after_delete"],
  ])("that dies %s leaves the rows, and they are sent again", async (_, place) => {
    const postgres = await anEventDatabase();
    const history = aHistory(5);
    await postgres.transaction((trx) => writeOutbox(trx, history));
    const broker = aBroker();
    let kills = 0;
    await aRelay({
      url: postgres.url,
      send: broker.send,
      name: "mortal",
      failpoint: async (name) => {
        if (name === place && ++kills <= 2) await killRelay(postgres, "mortal");
      },
    });
    await eventually(() => isEmpty(postgres));
    expect(kills).toBe(3);
    expect(broker.versionsOf(history[0]?.key ?? "")).toEqual([1, 2, 3, 4, 5, 1, 2, 3, 4, 5, 1, 2, 3, 4, 5]);
  });

  test("passes every place where a drill may strike", async () => {
    const postgres = await anEventDatabase();
    await postgres.transaction((trx) => writeOutbox(trx, [anEvent()]));
    const passed: string[] = [];
    await aRelay({ url: postgres.url, send: aBroker().send, failpoint: async (name) => void passed.push(name) });
    await eventually(() => passed.length >= 4);
    expect(passed).toEqual(["relay.after_select", "relay.after_produce", "relay.after_delete", "relay.after_commit"]);
  });

  test("goes on when its connections are killed again and again", async () => {
    const postgres = await anEventDatabase();
    const broker = aBroker();
    const relay = await aRelay({ url: postgres.url, send: broker.send, name: "hunted" });
    const events = Array.from({ length: 30 }, () => anEvent());
    for (const event of events) {
      await postgres.transaction((trx) => writeOutbox(trx, [event]));
      relay.wake();
      await sql`select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name like 'hunted%'`.execute(
        postgres.db,
      );
    }
    await eventually(() => isEmpty(postgres), { withinMs: 40_000 });
    expect(new Set(broker.taken.map((record) => record.eventId))).toEqual(new Set(events.map((each) => each.eventId)));
  });

  test("goes on when the database was away", async () => {
    const directory = await tempDir("relay-restart-");
    afterAll(() => directory.remove());
    const port = await freePort();
    const first = await startEmbeddedPostgres({ directory: directory.path, port });
    const url = await first.createDatabase("app");
    await migrateEvents(url);
    const postgres = createPostgres<EventTables>({ url, applicationName: "test", logger: silentLogger });
    const broker = aBroker();
    const relay = await aRelay({ url, send: broker.send });
    await postgres.transaction((trx) => writeOutbox(trx, [anEvent()]));
    await eventually(() => isEmpty(postgres));
    await first.stop();
    relay.wake();
    await using _again = await startEmbeddedPostgres({ directory: directory.path, port });
    await eventually(() => postgres.transaction((trx) => writeOutbox(trx, [anEvent()])));
    await eventually(() => isEmpty(postgres));
    expect(broker.taken).toHaveLength(2);
    await relay.stop();
    await postgres.close();
  });

  test("stops while the database cannot be reached", async () => {
    const relay = await aRelay({ url: `postgres://127.0.0.1:${await freePort()}/none`, send: aBroker().send });
    relay.wake();
    await relay.stop();
    relay.wake();
  });

  test("that is frozen in the middle of a send loses its lanes, and does no harm when it thaws", async () => {
    const postgres = await anEventDatabase();
    const history = aHistory(3);
    await postgres.transaction((trx) => writeOutbox(trx, history));
    await using frozen = await aFrozenRelay(postgres.url);
    expect(await isEmpty(postgres)).toBe(false);
    const broker = aBroker();
    await aRelay({ url: postgres.url, send: broker.send });
    await eventually(() => isEmpty(postgres), { withinMs: 35_000 });
    expect(broker.taken).toEqual(history);
    const later = aHistory(4, { first: 4, key: history[0]?.key ?? "" });
    frozen.thaw();
    await postgres.transaction((trx) => writeOutbox(trx, later));
    await eventually(() => isEmpty(postgres));
  });

  test.skipIf(process.platform !== "linux")(
    "that is frozen while rows are on their way to it loses its lanes",
    async () => {
      const postgres = await anEventDatabase();
      for (let n = 0; n < 20; n++) {
        await postgres.transaction((trx) => writeOutbox(trx, [anEvent({ payload: Buffer.alloc(900_000) })]));
      }
      const url = await throughFreezingProxy(postgres.url, 20_000);
      await aRelay({ url, send: aBroker().send, name: "deaf", sendTimeoutMs: 200 });
      await eventually(
        async () =>
          (
            await sql`select from pg_stat_activity where datname = current_database() and application_name = 'deaf'
            and wait_event = 'ClientWrite'`.execute(postgres.db)
          ).rows.length > 0,
      );
      const broker = aBroker();
      await aRelay({ url: postgres.url, send: broker.send });
      await eventually(() => isEmpty(postgres), { withinMs: 35_000 });
      expect(broker.taken).toHaveLength(20);
    },
  );
});

/**
 * The address of a database behind a proxy that freezes after so many bytes of answers: it forwards nothing more, and closes
 * nothing, even when the client does.
 */
async function throughFreezingProxy(url: string, bytes: number): Promise<string> {
  const { hostname, port } = new URL(url);
  const sockets: Socket[] = [];
  let left = bytes;
  const server = createServer((client) => {
    const upstream = connect(Number(port), hostname);
    client.on("data", (chunk) => left > 0 && upstream.write(chunk));
    upstream.on("data", (chunk) => {
      left -= chunk.length;
      if (left > 0) client.write(chunk);
      else upstream.pause();
    });
    for (const socket of [client, upstream]) socket.on("error", () => undefined);
    sockets.push(client, upstream);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  afterAll(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("a TCP port");
  return Object.assign(new URL(url), { host: `127.0.0.1:${address.port}` }).href;
}

/** A relay in a process of its own, stopped by SIGSTOP while its first send is on its way. Thawed, its sends succeed. */
async function aFrozenRelay(url: string) {
  const program = `
    const { createRelay } = await import(${JSON.stringify(new URL("../src/index.ts", import.meta.url).href)});
    const logger = { debug() {}, info() {}, warn() {}, error() {} };
    const send = (records) => new Promise((resolve) => {
      console.log("sending");
      setTimeout(() => resolve(records.map(() => ({ acked: true }))), 100);
    });
    await createRelay({ url: ${JSON.stringify(url)}, send, logger, sendTimeoutMs: 200 }).start();`;
  const child = spawn(process.execPath, ["--conditions=@gantry/source", "--input-type=module", "-e", program], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await once(createInterface(child.stdout), "line");
  child.kill("SIGSTOP");
  return {
    thaw: () => child.kill("SIGCONT"),
    [Symbol.asyncDispose]: async () => {
      const exited = once(child, "exit");
      child.kill("SIGKILL");
      await exited;
    },
  };
}
