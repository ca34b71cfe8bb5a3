import { AppError, type EventRecord, uuidv7 } from "@gantry/kernel";
import type { Database } from "@gantry/postgres";
import { eventually } from "@gantry/testing";
import { sql } from "kysely";
import { describe, expect, test } from "vitest";
import type { Broker } from "../src/index.ts";
import {
  aBroker,
  aConsumer,
  aDatabase,
  anErrorLog,
  behind,
  countEffects,
  effectsOn,
  handlers,
  note,
  publish,
} from "./consumer-fixture.ts";
import { orderCancelled, orderPaid } from "./events.ts";

const versions = (orderUuid: string, ...of: readonly number[]): EventRecord[] =>
  of.map((version) => orderPaid({ orderUuid, version }));

const caughtUp = (broker: Broker) => eventually(async () => (await behind(broker)) === 0n);

describe("a consumer", () => {
  test("applies each event once and in order, however often it comes", async () => {
    const [postgres, broker] = [await aDatabase(), await aBroker()];
    const orders = Array.from({ length: 20 }, () => uuidv7());
    const sent = [1, 2, 3].flatMap((version) => orders.flatMap((order) => versions(order, version)));
    await publish(broker, ...sent, ...sent);
    await aConsumer({ broker, postgres });
    await publish(broker, ...sent);
    await caughtUp(broker);
    for (const order of orders) expect(await effectsOn(postgres, order)).toEqual([1, 2, 3]);
  });

  test("waits for the version that is missing, and then goes on in order", async () => {
    const [postgres, broker, order] = [await aDatabase(), await aBroker(), uuidv7()];
    const [first, second, third, fourth] = versions(order, 1, 2, 3, 4);
    if (!(first && second && third && fourth)) throw new Error("four");
    await aConsumer({ broker, postgres });
    await publish(broker, third, fourth, second);
    await caughtUp(broker);
    expect(await effectsOn(postgres, order)).toEqual([]);
    await publish(broker, first);
    await caughtUp(broker);
    expect(await effectsOn(postgres, order)).toEqual([1, 2, 3, 4]);
  });

  test("counts an ignored event as handled", async () => {
    const [postgres, broker, order] = [await aDatabase(), await aBroker(), uuidv7()];
    await aConsumer({ broker, postgres, handlers: handlers({ "gantry.order.v1.OrderCancelled": "ignore" }) });
    await publish(broker, orderCancelled({ orderUuid: order, version: 1 }), ...versions(order, 2));
    await caughtUp(broker);
    expect(await effectsOn(postgres, order)).toEqual([2]);
  });

  test("has one effect when it dies between its commit and the broker's", async () => {
    const [postgres, broker, order] = [await aDatabase(), await aBroker(), uuidv7()];
    let deaths = 3;
    const failpoint = async (name: string): Promise<void> => {
      if (name !== "consumer.after_tx" || deaths === 0) return;
      deaths -= 1;
      throw new Error("killed");
    };
    await aConsumer({ broker, postgres, failpoint });
    await publish(broker, ...versions(order, 1, 2));
    await caughtUp(broker);
    expect(deaths).toBe(0);
    expect(await effectsOn(postgres, order)).toEqual([1, 2]);
  });

  test("loses nothing when the database ends its connections in the middle", async () => {
    const [postgres, broker, order] = [await aDatabase(), await aBroker(), uuidv7()];
    let runs = 0;
    await aConsumer({
      broker,
      postgres,
      handlers: handlers({
        "gantry.order.v1.OrderPaid": async (event, context) => {
          await note(event, context);
          runs += 1;
          if (runs === 1) await sql`select pg_terminate_backend(pg_backend_pid())`.execute(context.trx);
        },
      }),
    });
    await publish(broker, ...versions(order, 1, 2));
    await caughtUp(broker);
    expect(await effectsOn(postgres, order)).toEqual([1, 2]);
    expect(runs).toBe(3);
  });

  test("shares the work with another member, and takes over when that one leaves", async () => {
    const [postgres, broker] = [await aDatabase(), await aBroker()];
    const orders = Array.from({ length: 24 }, () => uuidv7());
    const first = await aConsumer({ broker, postgres });
    await aConsumer({ broker, postgres });
    for (const version of [1, 2, 3, 4]) {
      await publish(broker, ...orders.flatMap((order) => versions(order, version)));
      if (version === 2) await first.stop();
    }
    await caughtUp(broker);
    for (const order of orders) expect(await effectsOn(postgres, order)).toEqual([1, 2, 3, 4]);
  });

  test("has one effect when two members work on the same partition, as a zombie does", async () => {
    const [postgres, one, other] = [await aDatabase(), await aBroker(), await aBroker()];
    const orders = Array.from({ length: 10 }, () => uuidv7());
    const sent = [1, 2, 3].flatMap((version) => orders.flatMap((order) => versions(order, version)));
    await aConsumer({ broker: one, postgres });
    await aConsumer({ broker: other, postgres });
    await Promise.all([publish(one, ...sent), publish(other, ...sent)]);
    await Promise.all([caughtUp(one), caughtUp(other)]);
    for (const order of orders) expect(await effectsOn(postgres, order)).toEqual([1, 2, 3]);
  });

  test("keeps the effects of two consumers apart by their names", async () => {
    const [postgres, broker, order] = [await aDatabase(), await aBroker(), uuidv7()];
    await aConsumer({ broker, postgres });
    await aConsumer({ broker, postgres, name: "notification" });
    await publish(broker, ...versions(order, 1));
    await eventually(async () => (await countEffects(postgres)) === 2);
  });

  test.each([
    [
      "a moment's failure",
      async () => Promise.reject(new AppError({ kind: "unavailable", reason: "AWAY", message: "Away." })),
    ],
    // PostgreSQL asks for another run, which happens below the consumer.
    ["a serialization failure", (trx: Database) => sql`do $$ begin raise sqlstate '40001'; end $$`.execute(trx)],
  ])("tells others after the commit, and not of what was rolled back by %s", async (_, fail) => {
    const [postgres, broker, order] = [await aDatabase(), await aBroker(), uuidv7()];
    const seen: (readonly number[])[] = [];
    let failures = 1;
    await aConsumer({
      broker,
      postgres,
      handlers: handlers({
        "gantry.order.v1.OrderPaid": async (event, context) => {
          context.afterCommit(() => {
            throw new Error("a callback's mistake stays its own");
          });
          context.afterCommit(() => void effectsOn(postgres, order).then((effects) => seen.push(effects)));
          await note(event, context);
          if (failures-- > 0) await fail(context.trx);
        },
      }),
    });
    await publish(broker, ...versions(order, 1));
    await eventually(() => seen.length > 0);
    await caughtUp(broker);
    expect(seen).toEqual([[1]]);
  });

  test.each(["the first", "a second"])(
    "is told by the signal that it stops; what %s try does not finish is no failure",
    async (which) => {
      const [postgres, broker, order] = [await aDatabase(), await aBroker(), uuidv7()];
      const entered = Promise.withResolvers<void>();
      const refused = new AppError({ kind: "failed_precondition", reason: "STOPPED", message: "Stopped." });
      let tries = which === "the first" ? 1 : 0;
      const patient = handlers({
        "gantry.order.v1.OrderPaid": async (_event, { signal }) => {
          if (tries++ === 0) throw new AppError({ kind: "unavailable", reason: "AWAY", message: "Away." });
          entered.resolve();
          await new Promise((_, reject) => signal.addEventListener("abort", () => reject(refused)));
        },
      });
      const { logger, errors } = anErrorLog();
      const first = await aConsumer({ broker, postgres, handlers: patient, logger });
      await publish(broker, ...versions(order, 1));
      await entered.promise;
      await first.stop();
      await first.stop();
      expect(errors).toEqual([]);
      expect(await postgres.db.selectFrom("parked_key").selectAll().execute()).toEqual([]);
      await aConsumer({ broker, postgres });
      await caughtUp(broker);
      expect(await effectsOn(postgres, order)).toEqual([1]);
    },
  );
});
