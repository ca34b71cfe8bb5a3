import { AppError, type ErrorKind, type EventRecord, uuidv7 } from "@gantry/kernel";
import { createInbox, type Postgres } from "@gantry/postgres";
import { eventually } from "@gantry/testing";
import { sql } from "kysely";
import { describe, expect, test } from "vitest";
import type { Broker, EventHandler, InboundMessage, OutboundMessage } from "../src/index.ts";
import {
  aBroker,
  aConsumer,
  aDatabase,
  anErrorLog,
  behind,
  effectsOn,
  handlers,
  note,
  publish,
  type Tables,
} from "./consumer-fixture.ts";
import { codec, ORDERS, orderPaid } from "./events.ts";

const versions = (orderUuid: string, ...of: readonly number[]): EventRecord[] =>
  of.map((version) => orderPaid({ orderUuid, version }));

const caughtUp = (broker: Broker) => eventually(async () => (await behind(broker)) === 0n);

const deadLetters = async (broker: Broker): Promise<readonly InboundMessage[]> =>
  broker.admin.read(`${ORDERS}.dlq`, 0, 0n, 100);

const parkedKeys = async (postgres: Postgres<Tables>): Promise<readonly string[]> =>
  (await postgres.db.selectFrom("parked_key").select("aggregate_id").execute()).map((row) => row.aggregate_id);

/** Fails for one order as long as it is broken. */
function broken(order: string, kind: ErrorKind | "bug") {
  const state = { broken: true, tries: 0 };
  const error = (): Error =>
    kind === "bug"
      ? new TypeError("x is not a function")
      : new AppError({ kind, reason: "BROKEN", message: "Broken." });
  const handler: EventHandler<Tables, { orderUuid: string; version: number }> = async (event, context) => {
    await note(event, context);
    if (event.orderUuid !== order || !state.broken) return;
    state.tries += 1;
    throw error();
  };
  return { state, handlers: handlers({ "gantry.order.v1.OrderPaid": handler }) };
}

describe("a message that nobody can read", () => {
  test("goes to the dead-letter topic with its bytes, headers and reason; the rest flows", async () => {
    const [postgres, broker, order] = [await aDatabase(), await aBroker(), uuidv7()];
    const [first, second, third] = versions(order, 1, 2, 3).map(codec.toMessage);
    if (!(first && second && third)) throw new Error("three");
    const bad: OutboundMessage[] = [
      { ...second, value: second.value.subarray(1) },
      { ...second, headers: { ...second.headers, type: "gantry.order.v1.OrderLaunched" } },
      { ...second, headers: { ...second.headers, type: "gantry.payment.v1.PaymentFailed" } },
      { ...second, headers: { note: "no event at all" } },
      { ...second, key: "", value: new Uint8Array([0, 255]) },
      { ...second, headers: { ...second.headers, aggregate_version: "77" } },
    ];
    await aConsumer({ broker, postgres });
    await broker.send([first, ...bad, second, third]);
    await caughtUp(broker);
    expect(await effectsOn(postgres, order)).toEqual([1, 2, 3]);
    const letters = await eventually(async () => {
      const found = await deadLetters(broker);
      expect(found).toHaveLength(bad.length);
      return found;
    });
    for (const message of bad) {
      const letter = letters.find(({ value, headers }) => {
        const own = Object.fromEntries(Object.entries(headers).filter(([name]) => !name.startsWith("dlq_")));
        return Buffer.from(value).equals(message.value) && JSON.stringify(own) === JSON.stringify(message.headers);
      });
      expect(letter).toBeDefined();
      expect(letter?.key).toBe(message.key);
      expect(letter?.headers).toMatchObject({
        dlq_reason: expect.stringMatching(/^EVENT_(?:UNDECODABLE|INVALID|TYPE_UNKNOWN|HEADERS_INVALID)$/),
        dlq_error: expect.stringMatching(/./),
        dlq_topic: ORDERS,
        dlq_partition: expect.stringMatching(/^\d+$/),
        dlq_offset: expect.stringMatching(/^\d+$/),
        dlq_consumer: "assembly",
        dlq_at: expect.stringMatching(/^\d{4}-/),
      });
    }
  });

  test("is not passed over when the dead-letter topic does not take it", async () => {
    const [postgres, broker, order] = [await aDatabase(), await aBroker(), uuidv7()];
    let refusals = 2;
    const error = new AppError({ kind: "timeout", reason: "SLOW", message: "Slow." });
    const reluctant: Broker = {
      ...broker,
      send: async (messages) =>
        refusals-- > 0 ? messages.map(() => ({ acked: false, error })) : broker.send(messages),
    };
    await broker.send([{ topic: ORDERS, key: order, headers: {}, value: new Uint8Array() }]);
    await aConsumer({ broker: reluctant, postgres });
    await caughtUp(broker);
    expect(await deadLetters(broker)).toHaveLength(1);
    expect(refusals).toBe(-1);
  });
});

describe("an event that cannot be handled", () => {
  test.each(["bug", "internal", "failed_precondition", "invalid_argument", "unavailable"] as const)(
    "parks its own order only (%s); a replay goes on where it stopped, twice is once",
    async (kind) => {
      const [postgres, broker, order, other] = [await aDatabase(), await aBroker(), uuidv7(), uuidv7()];
      const fault = broken(order, kind);
      await aConsumer({ broker, postgres, handlers: fault.handlers });
      await publish(broker, ...versions(order, 1, 2));
      // What could pass parks an order only while others go through.
      let sent = 0;
      await eventually(async () => {
        sent += 1;
        await publish(broker, ...versions(other, sent));
        return (await parkedKeys(postgres)).length === 1;
      });
      await publish(broker, ...versions(order, 3));
      await caughtUp(broker);
      expect(await parkedKeys(postgres)).toEqual([order]);
      expect(await effectsOn(postgres, order)).toEqual([]);
      expect(await effectsOn(postgres, other)).toEqual(Array.from({ length: sent }, (_, at) => at + 1));
      expect(await deadLetters(broker)).toEqual([]);

      fault.state.broken = false;
      const inbox = createInbox({ consumer: "assembly" });
      await inbox.requestReplay(postgres.db, ORDERS, order);
      await inbox.requestReplay(postgres.db, ORDERS, order);
      await eventually(async () => (await parkedKeys(postgres)).length === 0);
      await publish(broker, ...versions(order, 4));
      await caughtUp(broker);
      expect(await effectsOn(postgres, order)).toEqual([1, 2, 3, 4]);
    },
  );

  test("is parked at once when no retry can help, after three tries when in doubt", async () => {
    const [postgres, broker] = [await aDatabase(), await aBroker()];
    for (const [kind, tries] of [
      ["permission_denied", 2],
      ["bug", 4],
    ] as const) {
      const order = uuidv7();
      const fault = broken(order, kind);
      const patient = { retryForMs: 60_000 };
      const consumer = await aConsumer({ broker, postgres, handlers: fault.handlers, settings: patient });
      await publish(broker, ...versions(order, 1));
      await caughtUp(broker);
      // The first is the try of the whole batch.
      expect(fault.state.tries).toBe(tries);
      await consumer.stop();
    }
  });

  test("keeps the rest parked when the replay fails again", async () => {
    const [postgres, broker, order] = [await aDatabase(), await aBroker(), uuidv7()];
    const fixedUntil = { version: 0 };
    await aConsumer({
      broker,
      postgres,
      handlers: handlers({
        "gantry.order.v1.OrderPaid": async (event, context) => {
          await note(event, context);
          if (event.version > fixedUntil.version) throw new TypeError("a bug");
        },
      }),
    });
    await publish(broker, ...versions(order, 1, 2, 3, 4));
    await caughtUp(broker);
    const inbox = createInbox({ consumer: "assembly" });
    for (const [fixed, applied] of [
      [0, []],
      [2, [1, 2]],
      [9, [1, 2, 3, 4]],
    ] as const) {
      fixedUntil.version = fixed;
      await inbox.requestReplay(postgres.db, ORDERS, order);
      const done = async (): Promise<boolean> => {
        const open = await sql`select 1 from parked_key where replay_requested_at is not null`.execute(postgres.db);
        return open.rows.length === 0;
      };
      await eventually(done);
      expect(await effectsOn(postgres, order)).toEqual(applied);
      expect(await parkedKeys(postgres)).toEqual(fixed === 9 ? [] : [order]);
    }
  });

  test("that was applied already counts as handled", async () => {
    const [postgres, broker, order] = [await aDatabase(), await aBroker(), uuidv7()];
    await sql`create unique index on effect (order_uuid) where version = 2`.execute(postgres.db);
    await sql`insert into effect (order_uuid, version, type) values (${order}, 2, 'by hand')`.execute(postgres.db);
    await aConsumer({ broker, postgres });
    await publish(broker, ...versions(order, 1, 2, 3));
    await caughtUp(broker);
    expect(await effectsOn(postgres, order)).toEqual([2, 1, 3]);
    expect(await parkedKeys(postgres)).toEqual([]);
  });

  test("for a moment only is tried again in place and applied once", async () => {
    const [postgres, broker, order] = [await aDatabase(), await aBroker(), uuidv7()];
    let failures = 3;
    await aConsumer({
      broker,
      postgres,
      settings: { retryForMs: 60_000 },
      handlers: handlers({
        "gantry.order.v1.OrderPaid": async (event, context) => {
          await note(event, context);
          if (failures-- > 0) throw new AppError({ kind: "timeout", reason: "SLOW", message: "Slow." });
        },
      }),
    });
    await publish(broker, ...versions(order, 1, 2));
    await caughtUp(broker);
    expect(await effectsOn(postgres, order)).toEqual([1, 2]);
    expect(await parkedKeys(postgres)).toEqual([]);
  });

  test("because the database is away is nobody's fault: it comes again and is not parked", async () => {
    const [postgres, broker, order] = [await aDatabase(), await aBroker(), uuidv7()];
    const fault = broken(order, "unavailable");
    let away = 0;
    const error = new AppError({ kind: "unavailable", reason: "DATABASE_UNAVAILABLE", message: "Away." });
    await aConsumer({
      broker,
      postgres,
      settings: { retryForMs: 0 },
      handlers: handlers({
        "gantry.order.v1.OrderPaid": async (event, context) => {
          away += 1;
          if (away < 6) throw error;
          await note(event, context);
        },
      }),
    });
    await publish(broker, ...versions(order, 1));
    await caughtUp(broker);
    expect(fault.state.tries).toBe(0);
    expect(await effectsOn(postgres, order)).toEqual([1]);
    expect(await parkedKeys(postgres)).toEqual([]);
  });

  test("while nothing else works is an outage: it comes again, and parks nothing", async () => {
    const [postgres, broker, order, other] = [await aDatabase(), await aBroker(), uuidv7(), uuidv7()];
    let outage = true;
    const tried: string[] = [];
    await aConsumer({
      broker,
      postgres,
      settings: { retryForMs: 0 },
      handlers: handlers({
        "gantry.order.v1.OrderPaid": async (event, context) => {
          tried.push(event.orderUuid);
          if (outage) throw new AppError({ kind: "unavailable", reason: "AWAY", message: "Away." });
          await note(event, context);
        },
      }),
    });
    await publish(broker, ...versions(order, 1), ...versions(other, 1));
    await eventually(() => [order, other].every((one) => tried.filter((each) => each === one).length > 5));
    outage = false;
    await caughtUp(broker);
    expect(await parkedKeys(postgres)).toEqual([]);
    expect([await effectsOn(postgres, order), await effectsOn(postgres, other)]).toEqual([[1], [1]]);
  });

  test("because it hid an error of the database does not stop the partition", async () => {
    const [postgres, broker, order, other] = [await aDatabase(), await aBroker(), uuidv7(), uuidv7()];
    await aConsumer({
      broker,
      postgres,
      handlers: handlers({
        "gantry.order.v1.OrderPaid": async (event, context) => {
          if (event.orderUuid === order) await sql`select 1/0`.execute(context.trx).catch(() => undefined);
          else await note(event, context);
        },
      }),
    });
    await publish(broker, ...versions(order, 1), ...versions(other, 1));
    await caughtUp(broker);
    expect(await parkedKeys(postgres)).toEqual([order]);
    expect(await effectsOn(postgres, other)).toEqual([1]);
  });
});

describe("the inbox's upkeep", () => {
  test("raises an alarm for a version that does not come", async () => {
    const [postgres, broker, order] = [await aDatabase(), await aBroker(), uuidv7()];
    const { logger, errors } = anErrorLog();
    await aConsumer({ broker, postgres, logger, settings: { gapAlarmMs: 0 } });
    await publish(broker, ...versions(order, 2));
    await eventually(() => errors.length > 0);
    expect(errors[0]).toContain(order);
  });
});
