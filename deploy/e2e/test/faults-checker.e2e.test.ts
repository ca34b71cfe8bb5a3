import { timestampNow } from "@bufbuild/protobuf/wkt";
import { events } from "@gantry/gen/events/registry";
import { OrderPaidSchema } from "@gantry/gen/proto/gantry/order/v1/events_pb";
import { PaymentMethod } from "@gantry/gen/proto/gantry/payment/v1/payment_pb";
import { uuidv7 } from "@gantry/kernel";
import { createEventCodec } from "@gantry/messaging";
import { eventually } from "@gantry/testing";
import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { CheckRequest } from "../src/faults/checker/check-request.ts";
import { reading } from "../src/faults/checker/gather/database.postgres.ts";
import { runChecker } from "../src/faults/checker/run-checker.ts";
import { contactsOf } from "../src/faults/fault-case.ts";
import { untilQuiet } from "../src/faults/settle.ts";
import { CASE_TIMEOUT_MS, type Drill, startDrill } from "./faults.ts";

// The checker against a living system: each way to read the world wrongly would show here as a verdict that stays green.

let drill: Drill;

beforeAll(async () => {
  drill = await startDrill();
  await drill.run({ name: "a quiet day", strike: async ({ workload }) => workload.done.then(() => 1) });
}, CASE_TIMEOUT_MS);
afterAll(() => drill[Symbol.asyncDispose]());

/** The invariants that do not hold when the checker is told something else than the truth. */
async function broken(lie: Partial<CheckRequest> = {}): Promise<readonly string[]> {
  const { system, chronicle } = drill;
  const truth: CheckRequest = {
    seed: "red",
    calls: chronicle.calls,
    ...system.places,
    contacts: contactsOf(system.customers()),
    telegram: system.telegram.deliveries().map(({ chatId, shown }) => ({ chatId, shown })),
    drain: { tookMs: 1, limitMs: 2 },
    injected: { keys: chronicle.injectedKeys },
  };
  const { violations } = await runChecker({ ...truth, ...lie });
  return [...new Set(violations.map(({ invariant }) => invariant))].toSorted();
}

const at = { startedAtMs: 0, endedAtMs: 1 };

test("a case whose fault did not strike fails", async () => {
  const idle = { name: "nothing happens", orders: 1, strike: () => Promise.resolve(0) };
  await expect(drill.run(idle)).rejects.toThrow("the fault did not strike");
  await untilQuiet(drill.system);
});

test("the checker is green about the truth and red about a lie", async () => {
  const { calls } = drill.chronicle;
  const orderUuid = uuidv7();
  const userUuid = uuidv7();
  const told = { kind: "ok", status: 201, orderUuid, totalMinor: 1 } as const;
  expect(await broken()).toEqual([]);
  expect(
    await broken({ calls: [...calls, { userUuid, operation: "create", key: "k", ...at, outcome: told }] }),
  ).toEqual(["I13"]);
  const telegram = drill.system.telegram.deliveries().map(({ chatId, shown }) => ({ chatId, shown }));
  expect(await broken({ telegram: telegram.slice(1) })).toEqual(["I8"]);
  // Everybody's messages with somebody else.
  const people = Object.entries(contactsOf(drill.system.customers()));
  const others = people.map(([user], index) => [user, people.at(index - 1)?.[1] ?? ""]);
  expect(await broken({ contacts: Object.fromEntries(others) })).toEqual(["I8"]);
  expect(await broken({ telegram: [...telegram, ...telegram.slice(0, 1)] })).toEqual(["I8"]);
  expect(await broken({ drain: { tookMs: 3, limitMs: 2 } })).toEqual(["I12"]);
});

test("the checker finds an effect that is gone", async () => {
  const { order } = drill.system.places.databases;
  const client = new pg.Client({ connectionString: order });
  await client.connect();
  const one = "consumer = 'order' AND topic = 'assembly.events.v1' ORDER BY seq LIMIT 1";
  const { rows } = await client.query(`DELETE FROM inbox WHERE seq = (SELECT seq FROM inbox WHERE ${one}) RETURNING *`);
  expect(rows).toHaveLength(1);
  expect(await broken()).toEqual(["I1", "I3"]);
  await client.query("INSERT INTO inbox OVERRIDING SYSTEM VALUE SELECT (json_populate_record(null::inbox, $1)).*", [
    JSON.stringify(rows[0]),
  ]);
  await client.end();
  expect(await broken()).toEqual([]);
});

test("the checker finds an event that nobody committed, and what it did", async () => {
  const { broker, places } = drill.system;
  const codec = createEventCodec(events);
  const orderUuid = uuidv7();
  const forged = codec.record(OrderPaidSchema, {
    orderUuid,
    userUuid: uuidv7(),
    version: 1,
    occurredAt: timestampNow(),
    paymentMethod: PaymentMethod.CARD,
    total: { minor: 1n, currency: "USD" },
    transactionUuid: uuidv7(),
  });
  await broker.send([codec.toMessage(forged)]);
  await eventually(async () => {
    const finished = `SELECT count(*)::int AS n FROM assembly_job WHERE order_uuid = '${orderUuid}' AND state = 'DONE'`;
    const [row] = await reading(places.databases.assembly, (read) => read<{ n: number }>(finished));
    return row?.n === 1;
  });
  // The ghost itself; the ship of no order; and ShipAssembled, which order cannot apply to an order that it has not.
  expect(await eventually(() => broken())).toEqual(expect.arrayContaining(["I2", "I7"]));
});
