import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { create, toBinary } from "@bufbuild/protobuf";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { events } from "@gantry/gen/events/registry";
import { MoneySchema } from "@gantry/gen/proto/gantry/common/v1/money_pb";
import { LoginRequestSchema } from "@gantry/gen/proto/gantry/iam/v1/auth_service_pb";
import { OrderPaidSchema } from "@gantry/gen/proto/gantry/order/v1/events_pb";
import { PaymentMethod } from "@gantry/gen/proto/gantry/payment/v1/payment_pb";
import { AppError, type EventRecord, uuidv7 } from "@gantry/kernel";
import { type Broker, createBroker, createConsumer, createEventCodec, ignore } from "@gantry/messaging";
import {
  createPostgres,
  createRelay,
  type InboxTables,
  inboxTables,
  migrate,
  type OutboxTables,
  outboxTables,
  writeOutbox,
} from "@gantry/postgres";
import { silentLogger } from "@gantry/telemetry";
import { eventually, type TempDir, tempDir, testDatabase } from "@gantry/testing";
import { sql } from "kysely";
import { beforeEach, describe, expect, onTestFinished, test } from "vitest";
import type { Environment } from "../src/config.ts";
import { decodeEvent } from "../src/events/decode.ts";
import { runGantry } from "../src/gantry.ts";
import { openWorkspace } from "../src/workspace.ts";

interface Tables extends InboxTables, OutboxTables {
  readonly effect: { readonly version: number };
}

const codec = createEventCodec(events);
const ORDERS = "order.events.v1";

const orderPaid = (orderUuid: string, version: number): EventRecord =>
  codec.record(OrderPaidSchema, {
    orderUuid,
    userUuid: uuidv7(),
    version,
    occurredAt: timestampFromDate(new Date()),
    paymentMethod: PaymentMethod.CARD,
    total: create(MoneySchema, { minor: 100n, currency: "USD" }),
    transactionUuid: uuidv7(),
  });

let home: TempDir;
let environment: Environment;

/** A clone with the services alpha, which has events, and beta, whose database has none. */
beforeEach(async () => {
  home = await tempDir();
  onTestFinished(() => home.remove());
  for (const name of ["alpha", "beta"]) {
    await mkdir(join(home.path, "services", name, "src"), { recursive: true });
    await writeFile(join(home.path, "services", name, "src", "main.ts"), "");
  }
  await mkdir(join(home.path, "gen", "events"), { recursive: true });
  const registry = new URL("../../../gen/events/registry.ts", import.meta.url).href;
  await writeFile(
    join(home.path, "gen", "events", "registry.ts"),
    `export { events } from ${JSON.stringify(registry)};`,
  );
  const [alpha, beta, log] = await Promise.all([testDatabase(), testDatabase(), testDatabase()]);
  environment = { ALPHA_POSTGRES_URL: alpha.url, BETA_POSTGRES_URL: beta.url, EVENTS_POSTGRES_URL: log.url };
});

async function gantry(...args: readonly string[]) {
  let [out, err] = ["", ""];
  const output = {
    out: (text: string) => {
      out += text;
    },
    err: (text: string) => {
      err += text;
    },
  };
  const code = await runGantry("events", args, { output, workspace: openWorkspace(home.path), environment });
  return { code, out, err };
}

async function alpha() {
  const url = environment.ALPHA_POSTGRES_URL ?? "";
  const directory = new URL("migrations/", import.meta.url);
  await migrate({ url, directory, logger: silentLogger, libraries: [inboxTables, outboxTables] });
  const postgres = createPostgres<Tables>({ url, applicationName: "test", logger: silentLogger });
  onTestFinished(() => postgres.close());
  return { url, postgres };
}

async function aBroker(): Promise<Broker> {
  const eventLogUrl = environment.EVENTS_POSTGRES_URL;
  const broker = createBroker({ eventLogUrl, clientId: "test", topics: [], logger: silentLogger });
  onTestFinished(() => broker.stop());
  await broker.start();
  return broker;
}

/** The consumer of alpha, which fails as long as it is broken. */
async function aConsumer(broker: Broker, { postgres }: Awaited<ReturnType<typeof alpha>>) {
  const state = { broken: true };
  const consumer = createConsumer({
    name: "alpha",
    registry: events,
    broker,
    postgres,
    logger: silentLogger,
    settings: { replayIntervalMs: 30 },
    handlers: {
      [ORDERS]: {
        "gantry.order.v1.OrderCreated": ignore,
        "gantry.order.v1.OrderReserved": ignore,
        "gantry.order.v1.OrderPaymentRequested": ignore,
        "gantry.order.v1.OrderPaymentRefused": ignore,
        "gantry.order.v1.OrderPaid": async ({ version }, { trx }) => {
          if (state.broken) throw new AppError({ kind: "failed_precondition", reason: "NO_DOCK", message: "No dock." });
          await trx.insertInto("effect").values({ version }).execute();
        },
        "gantry.order.v1.OrderCancelled": ignore,
        "gantry.order.v1.OrderFailed": ignore,
        "gantry.order.v1.OrderAssembled": ignore,
      },
    },
  });
  onTestFinished(() => consumer.stop());
  await consumer.start();
  return state;
}

const effects = async ({ postgres }: Awaited<ReturnType<typeof alpha>>): Promise<readonly number[]> =>
  (await sql<{ version: number }>`select version from effect order by version`.execute(postgres.db)).rows.map(
    ({ version }) => version,
  );

describe("gantry events", () => {
  test("explains itself, and refuses what it does not know", async () => {
    expect((await gantry("--help")).out).toContain("events replay dlq <id>");
    for (const words of [[], ["lsit"], ["list", "all"], ["show", "alpha"], ["replay"], ["list", "--yaml"]])
      expect((await gantry(...words)).code).toBe(64);
  });

  test("names what cannot be reached, and shows the rest", async () => {
    const service = await alpha();
    await service.postgres.transaction((trx) => writeOutbox(trx, [orderPaid(uuidv7(), 1)]));
    environment = {
      ...environment,
      BETA_POSTGRES_URL: "postgres://nobody@127.0.0.1:1/beta",
      EVENTS_POSTGRES_URL: "postgres://nobody@127.0.0.1:1/events",
    };
    const { code, out } = await gantry("list");
    expect(code).toBe(1);
    expect(out).toMatch(/alpha +1 +\d+ /);
    expect(out).toMatch(/Not reachable\n(?:.*\n)*.*the database of beta: /);
    expect(out).toMatch(/the broker: |order\.events\.v1\.dlq: /);
  });

  test("says what to set when nothing is known", async () => {
    environment = {};
    const { code, out } = await gantry("list");
    expect(code).toBe(1);
    expect(out).toContain("<SERVICE>_POSTGRES_URL");
    expect(out).toContain("KAFKA_BROKERS");
    expect((await gantry("show", "alpha", uuidv7())).err).toContain('no database of a service "alpha" is known');
  });

  test("makes the topics that are missing, and says when they are there", async () => {
    const before = await gantry("topics");
    expect([before.code, before.err]).toEqual([1, expect.stringContaining(ORDERS)]);
    expect((await gantry("topics", "--create")).out).toContain("order.events.v1.dlq: 1 partition wanted, ok");
    expect((await gantry("topics")).code).toBe(0);
  });

  test("lists what waits in the outbox, and shows it decoded", async () => {
    await gantry("topics", "--create");
    const service = await alpha();
    const record = orderPaid(uuidv7(), 1);
    await service.postgres.transaction((trx) => writeOutbox(trx, [record]));
    const { code, out } = await gantry("list", "--json");
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ outboxes: [{ service: "alpha", status: { rows: 1 } }], problems: [] });
    const shown: unknown = JSON.parse((await gantry("show", "alpha", record.eventId)).out);
    expect(shown).toMatchObject({
      place: "outbox",
      type: "gantry.order.v1.OrderPaid",
      event: { eventUuid: record.eventId, total: { minor: "100", currency: "USD" } },
    });
    expect((await gantry("show", "alpha", uuidv7())).err).toContain("no event");
  });

  test("shows a parked aggregate and lets it go on, twice with one effect", async () => {
    await gantry("topics", "--create");
    const [service, broker, order] = [await alpha(), await aBroker(), uuidv7()];
    const consumer = await aConsumer(broker, service);
    const records = [1, 2, 3].map((version) => orderPaid(order, version));
    await broker.send(records.map(codec.toMessage));
    const parked = await eventually(async () => {
      const { out } = await gantry("list");
      expect(out).toMatch(new RegExp(`alpha +${ORDERS} +${order} +3 +1 +NO_DOCK`));
      return out;
    });
    expect(parked).toMatch(/alpha +alpha +order\.events\.v1 +0 +1 +0/);
    expect((await gantry("show", "alpha", records[2]?.eventId ?? "")).out).toContain('"place": "parked"');
    consumer.broken = false;
    for (let time = 1; time <= 2; time++) await gantry("replay", "alpha", order);
    await eventually(async () => expect(await effects(service)).toEqual([1, 2, 3]));
    expect((await gantry("replay", "alpha", order)).out).toContain("nothing of");
    expect((await gantry("replay", "alpha", "me")).code).toBe(64);
  });

  test("goes on without an event that nobody has any more", async () => {
    await gantry("topics", "--create");
    const [service, broker, order] = [await alpha(), await aBroker(), uuidv7()];
    const consumer = await aConsumer(broker, service);
    consumer.broken = false;
    await broker.send([codec.toMessage(orderPaid(order, 3))]);
    await eventually(async () => expect((await gantry("list")).out).toMatch(new RegExp(`${order} +1 +1 `)));
    expect((await gantry("skip", "alpha", order)).out).toContain("goes on");
    await eventually(async () => expect(await effects(service)).toEqual([3]));
    expect((await gantry("skip", "alpha", order)).out).toContain("waits for nothing");
    expect((await gantry("skip", "alpha", "me")).code).toBe(64);
  });

  test("lists a dead letter, shows it, and puts it back, twice with one effect", async () => {
    await gantry("topics", "--create");
    const [service, broker, order] = [await alpha(), await aBroker(), uuidv7()];
    const consumer = await aConsumer(broker, service);
    consumer.broken = false;
    const good = codec.toMessage(orderPaid(order, 1));
    // As a newer producer would have sent it before this consumer knew the type.
    const letter = {
      ...good,
      topic: `${ORDERS}.dlq`,
      headers: { ...good.headers, dlq_topic: ORDERS, dlq_reason: "EVENT_TYPE_UNKNOWN" },
    };
    await broker.send([letter, { topic: ORDERS, key: "", headers: { note: "noise" }, value: new Uint8Array([7]) }]);
    const id = `${ORDERS}.dlq/0/0`;
    const noise = await eventually(async () => {
      const { out } = await gantry("list");
      expect(out).toContain("EVENT_HEADERS_INVALID");
      return out;
    });
    expect(noise).toContain(id);
    expect(JSON.parse((await gantry("show", "dlq", id)).out)).toMatchObject({
      reason: "EVENT_TYPE_UNKNOWN",
      key: order,
      headers: good.headers,
      event: { orderUuid: order, version: 1 },
    });
    expect((await gantry("show", "dlq", `${ORDERS}.dlq/0/1`)).out).toContain(
      "not decoded: the contracts have no event",
    );
    for (let time = 1; time <= 2; time++) expect((await gantry("replay", "dlq", id)).code).toBe(0);
    await eventually(async () => {
      const lag = await broker.admin.lag("alpha", [ORDERS]);
      expect(lag.every(({ committed, next }) => committed === next)).toBe(true);
    });
    expect(await effects(service)).toEqual([1]);
    for (const wrong of ["7", `${ORDERS}/0/0`, `${ORDERS}.dlq/0/99`])
      expect((await gantry("replay", "dlq", wrong)).code).toBe(64);
  });

  test("sends a parked event of an outbox again", async () => {
    await gantry("topics", "--create");
    const [service, broker, order] = [await alpha(), await aBroker(), uuidv7()];
    await service.postgres.transaction((trx) => writeOutbox(trx, [orderPaid(order, 1), orderPaid(order, 2)]));
    await sql`update outbox set parked_at = clock_timestamp(), park_reason = 'TOO_LARGE' where aggregate_version = 1`.execute(
      service.postgres.db,
    );
    expect((await gantry("list")).out).toMatch(new RegExp(`alpha outbox +${ORDERS} +${order}`));
    expect((await gantry("replay", "alpha", order)).out).toContain("sent again");
    const relay = createRelay({
      url: service.url,
      logger: silentLogger,
      send: (records) => broker.send(records.map(codec.toMessage)),
    });
    onTestFinished(() => relay.stop());
    await relay.start();
    await eventually(async () => {
      const { out } = await gantry("list", "--json");
      expect(JSON.parse(out)).toMatchObject({ outboxes: [{ status: { rows: 0, parkedKeys: [] } }] });
    });
  });

  test("hides what the contract calls sensitive", async () => {
    const type = LoginRequestSchema.typeName;
    const registry = { [type]: { schema: LoginRequestSchema, topic: "t", key: "login" } };
    const payload = toBinary(LoginRequestSchema, create(LoginRequestSchema, { login: "ada", password: "hunter2" }));
    const shown = JSON.stringify(decodeEvent(registry, type, payload));
    expect(shown).toContain("ada");
    expect(shown).not.toContain("hunter2");
  });
});
