import { eventually } from "@gantry/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { reading } from "../src/faults/checker/gather/database.postgres.ts";
import type { FaultCase } from "../src/faults/fault-case.ts";
import { killService } from "../src/faults/nemesis/processes.ts";
import { killed, killedAgainAt, killedAt } from "../src/faults/nemesis/strikes.ts";
import { CASE_TIMEOUT_MS, type Drill, startDrill } from "./faults.ts";

let drill: Drill;

beforeAll(async () => {
  drill = await startDrill();
});
afterAll(() => drill[Symbol.asyncDispose]());

const kills: readonly FaultCase[] = [
  { name: "#1 order is killed before it commits", strike: killedAt("order", "order.tx.before_commit") },
  {
    name: "#2 order is killed after it committed, before it answers",
    strike: killedAt("order", "order.tx.after_commit"),
  },
  { name: "#4 the relay is killed between delete and commit", strike: killedAt("order", "relay.after_delete", 4) },
  { name: "#7 a consumer is killed before its transaction", strike: killedAt("assembly", "consumer.before_tx", 4) },
  { name: "#7 a consumer is killed after its transaction", strike: killedAt("payment", "consumer.after_tx", 4) },
  { name: "#7 a consumer is killed after it resolved", strike: killedAt("order", "consumer.after_resolve", 4) },
  {
    name: "#8 payment is killed after its commit, before it answers",
    strike: killedAt("payment", "payment.tx.after_commit", 6),
  },
  { name: "#9 order is killed while an order is PAYING", strike: killedAt("order", "pay.after_call", 6) },
  {
    name: "#15 the notifier is killed after the call, before SENT",
    strike: killedAt("notification", "notify.after_http", 6),
  },
  { name: "IAM is killed while people order and pay", strike: killed("iam") },
  { name: "the gateway is killed while people order and pay", strike: killed("gateway") },
];

test.each(kills)(
  "$name",
  async (faultCase) => {
    await drill.run(faultCase);
  },
  CASE_TIMEOUT_MS,
);

test(
  "#3 the relay is killed after it produced, before it deletes, again and again",
  async () => {
    const { rounds } = drill.config;
    const { verdict, struck } = await drill.run({
      name: `#3 the relay is killed after it produced, ${rounds} times`,
      strike: killedAgainAt("order", "relay.after_produce", rounds),
    });
    expect(struck).toBeGreaterThanOrEqual(rounds);
    // What was sent and not deleted is sent again: the topic has repeats, and no inbox has.
    expect(verdict.seen.messages).toBeGreaterThan(verdict.seen.ledger ?? 0);
  },
  CASE_TIMEOUT_MS,
);

test(
  "#14 assembly is killed while a hundred ships wait",
  async () => {
    const SLOW_MS = 12_000;
    const { stack, places } = drill.system;
    const count = (sql: string): Promise<number> =>
      reading(places.databases.assembly, async (read) => (await read<{ n: number }>(sql))[0]?.n ?? 0);
    let downMs = 0;
    await drill.run({
      name: "#14 assembly is killed while a hundred ships wait",
      orders: 100,
      kinds: ["card"],
      atOnce: 16,
      async strike({ workload }) {
        await stack.restart("assembly", { ASSEMBLY_MIN_MS: `${SLOW_MS}`, ASSEMBLY_MAX_MS: `${SLOW_MS}` });
        await workload.done;
        await eventually(
          async () => (await count("SELECT count(*)::int AS n FROM assembly_job WHERE state = 'BUILDING'")) >= 100,
        );
        const startedAt = Date.now();
        const struck = await killService(stack, "assembly");
        downMs = Date.now() - startedAt;
        return struck;
      },
    });
    const latestMs = await count(
      `SELECT coalesce(max(extract(epoch from finished_at - due_at)) * 1000, 0)::int AS n FROM assembly_job
     WHERE build_time_ms = ${SLOW_MS}`,
    );
    expect(latestMs).toBeLessThanOrEqual(downMs + 2_000);
    await stack.restart("assembly", { ASSEMBLY_MIN_MS: "100", ASSEMBLY_MAX_MS: "800" });
  },
  CASE_TIMEOUT_MS,
);
