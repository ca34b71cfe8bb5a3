import { deadLetterTopic } from "@gantry/messaging";
import { eventually } from "@gantry/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { reading } from "../src/faults/checker/gather/database.postgres.ts";
import { readTopic } from "../src/faults/checker/gather/topics.ts";
import type { Striking } from "../src/faults/fault-case.ts";
import { plantBug } from "../src/faults/nemesis/handler-bug.postgres.ts";
import { poisonFor, sendAll } from "../src/faults/nemesis/poison.ts";
import { createApi } from "../src/faults/workload/api.ts";
import { CASE_TIMEOUT_MS, type Drill, startDrill } from "./faults.ts";
import { gantry } from "./gantry.ts";

const TOPIC = "order.events.v1";

let drill: Drill;

beforeAll(async () => {
  drill = await startDrill();
});
afterAll(() => drill[Symbol.asyncDispose]());

const inAssembly = async (sql: string): Promise<number> =>
  reading(drill.system.places.databases.assembly, async (read) => (await read<{ n: number }>(sql))[0]?.n ?? 0);
const parked = (orderUuid: string) =>
  inAssembly(`SELECT count(*)::int AS n FROM parked_key WHERE aggregate_id = '${orderUuid}'`);
const jobs = (orderUuid: string) =>
  inAssembly(`SELECT count(*)::int AS n FROM assembly_job WHERE order_uuid = '${orderUuid}'`);

/** An order whose ship cannot be planned, paid. */
async function unluckyOrder() {
  const { shop, places } = drill.system;
  const api = createApi({ gateway: shop.gateway, customer: await shop.customer() });
  const created = await api.create(shop.catalogue.basket([{ part: 0, quantity: 1 }]).items, crypto.randomUUID());
  const orderUuid = created.kind === "ok" ? (created.orderUuid ?? "") : "";
  const bug = await plantBug(places.databases.assembly, "assembly_job", orderUuid);
  expect(await api.pay(orderUuid, "CARD", crypto.randomUUID())).toMatchObject({ kind: "ok", status: 200 });
  await eventually(async () => (await parked(orderUuid)) === 1);
  return { api, orderUuid, bug };
}

/** Everybody else's paid orders are built meanwhile. */
async function othersFlow({ workload, system }: Striking, orderUuid: string): Promise<void> {
  await workload.done;
  const waiting = `SELECT count(*)::int AS n FROM orders WHERE status = 'PAID' AND order_uuid <> '${orderUuid}'`;
  await eventually(async () =>
    reading(system.places.databases.order, async (read) => {
      const [row] = await read<{ n: number }>(waiting);
      return row?.n === 0;
    }),
  );
}

test(
  "#50 one order cannot be handled: it is parked, the others flow, and it goes on when the bug is mended",
  async () => {
    await drill.run({
      name: "#50 one order cannot be handled",
      async strike(striking) {
        const { api, orderUuid, bug } = await unluckyOrder();
        await othersFlow(striking, orderUuid);
        expect(await api.status(orderUuid)).toBe("PAID");
        expect(await gantry(drill.system, "events", "list")).toContain(orderUuid);
        await bug.fix();
        await gantry(drill.system, "events", "replay", "assembly", orderUuid);
        await eventually(async () => expect(await api.status(orderUuid)).toBe("ASSEMBLED"));
        return 1;
      },
    });
  },
  CASE_TIMEOUT_MS,
);

test(
  "#54 what is replayed twice, parked or dead, has one effect",
  async () => {
    const { broker } = drill.system;
    const poison = poisonFor(TOPIC);
    drill.chronicle.injectedKeys.push(...poison.map(({ key }) => key));
    const letters = () => readTopic(broker, deadLetterTopic(TOPIC));
    await drill.run({
      name: "#54 replays, twice each",
      async strike() {
        const { orderUuid, bug } = await unluckyOrder();
        const replay = (...what: readonly string[]) => gantry(drill.system, "events", "replay", ...what);
        // Once while the bug is there: it stays parked.
        await replay("assembly", orderUuid);
        expect(await parked(orderUuid)).toBe(1);
        await bug.fix();
        await Promise.all([replay("assembly", orderUuid), replay("assembly", orderUuid)]);
        await eventually(async () => (await jobs(orderUuid)) === 1);

        await sendAll(broker, poison);
        const before = await eventually(async () => {
          const found = await letters();
          if (found.length < 3 * poison.length) throw new Error(`${found.length} dead letters`);
          return found;
        });
        const [letter] = before;
        if (letter === undefined) throw new Error("there is no dead letter");
        const id = `${letter.topic}/${letter.partition}/${letter.offset}`;
        await replay("dlq", id);
        await replay("dlq", id);
        // It is as unreadable as before: each consumer puts it aside again, and nothing stops.
        await eventually(async () => (await letters()).length >= before.length + 2);
        return 2;
      },
    });
  },
  CASE_TIMEOUT_MS,
);
