import { afterAll, beforeAll, expect, test } from "vitest";
import { reading } from "../src/faults/checker/gather/database.postgres.ts";
import { faultConfig } from "../src/faults/config.ts";
import type { Strike } from "../src/faults/fault-case.ts";
import { connectionsEnded, kafkaAway, postgresRestarted, rolled, services } from "../src/faults/nemesis/strikes.ts";
import { createApi } from "../src/faults/workload/api.ts";
import { CASE_TIMEOUT_MS, type Drill, startDrill } from "./faults.ts";

const hasOwnKafka = faultConfig().startKafka;

let drill: Drill;

beforeAll(async () => {
  drill = await startDrill();
});
afterAll(() => drill[Symbol.asyncDispose]());

/** Envoy in the gateway's place says nothing when it ends. */
const isOurs = (service: string) => drill.system.stack.logs(service).some((line) => line.includes('"message":"ready"'));
const pids = () => services.map((service) => drill.system.stack.pid(service));

/** Fifty clients pay one order, each with a key of its own; all that they are told is in the record. */
const fiftyPayOne: Strike = async ({ system: { shop } }) => {
  const customer = await shop.customer();
  const { userUuid } = customer;
  const api = createApi({ gateway: shop.gateway, customer });
  const created = await api.create(shop.catalogue.basket([{ part: 0, quantity: 1 }]).items, crypto.randomUUID());
  const orderUuid = created.kind === "ok" ? (created.orderUuid ?? "") : "";
  const payOnce = async () => {
    const key = crypto.randomUUID();
    const startedAtMs = Date.now();
    const outcome = await api.pay(orderUuid, "CARD", key);
    const call = { userUuid, operation: "pay", key, orderUuid, paymentMethod: "CARD" } as const;
    drill.chronicle.calls.push({ ...call, startedAtMs, endedAtMs: Date.now(), outcome });
    return outcome;
  };
  const answers = await Promise.all(Array.from({ length: 50 }, payOnce));
  const paid = answers.flatMap((outcome) => (outcome.kind === "ok" ? [outcome.transactionUuid] : []));
  expect(new Set(paid).size).toBe(1);
  for (const outcome of answers) {
    if (outcome.kind === "fail") expect(outcome.code).toMatch(/^(ORDER_ALREADY_PAID|ORDER_CHANGED)$/);
  }
  return answers.length;
};

test(
  "#11 fifty clients pay one order at once",
  async () => {
    await drill.run({ name: "#11 fifty clients pay one order", orders: 20, strike: fiftyPayOne });
  },
  CASE_TIMEOUT_MS,
);

test(
  "#18 every service in turn is ended by SIGTERM under load",
  async () => {
    const { verdict, struck } = await drill.run({ name: "#18 SIGTERM to every service in turn", strike: rolled });
    expect(struck).toBe(services.length);
    for (const service of services.filter(isOurs)) {
      const ends = drill.system.stack.logs(service).filter((line) => line.includes('"message":"stopped"'));
      expect(ends, `${service} stopped in order and in time`).toEqual([expect.stringContaining('"clean":true')]);
    }
    // To be stopped is no reason to give up a message.
    expect(verdict.seen).toMatchObject({ deadLetters: 0, parked: 0 });
  },
  CASE_TIMEOUT_MS,
);

test.each(["fast", "immediate", "kill"] as const)(
  "#28 PostgreSQL restarts (%s)",
  async (how) => {
    const before = pids();
    await drill.run({ name: `#28 PostgreSQL restarts (${how})`, strike: postgresRestarted(how) });
    expect(pids(), "no service ended").toEqual(before);
  },
  CASE_TIMEOUT_MS,
);

test(
  "#29 all connections to PostgreSQL are ended every two seconds",
  async () => {
    const before = pids();
    await drill.run({ name: "#29 all connections are ended every 2 s", strike: connectionsEnded });
    expect(pids(), "no service ended").toEqual(before);
  },
  CASE_TIMEOUT_MS,
);

test.runIf(hasOwnKafka)(
  "#20 Kafka is away for a while",
  async () => {
    const { config, system } = drill;
    const waiting = () =>
      reading(system.places.databases.order, async (read) => {
        const [row] = await read<{ n: number }>("SELECT count(*)::int AS n FROM outbox");
        return row?.n ?? 0;
      });
    const strike = kafkaAway(config.outageMs, async ({ workload }) => {
      const created = workload.calls.filter(
        ({ operation, outcome }) => operation === "create" && outcome.kind !== "ok",
      );
      expect(created, "every order was taken").toEqual([]);
      expect(await waiting(), "the outbox keeps what is to be sent").toBeGreaterThan(0);
      const warnings = system.stack.logs("order").filter((line) => line.includes("events not sent, trying again"));
      expect(warnings.length, "somebody is told").toBeGreaterThan(0);
    });
    await drill.run({ name: `#20 Kafka is away for ${config.outageMs} ms`, strike });
  },
  CASE_TIMEOUT_MS,
);
