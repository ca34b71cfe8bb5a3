import { deadLetterTopic } from "@gantry/messaging";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readTopic } from "../src/faults/checker/gather/topics.ts";
import { poisonFor, sendAll } from "../src/faults/nemesis/poison.ts";
import { tripled } from "../src/faults/nemesis/strikes.ts";
import { eventTopics, subscribers } from "../src/faults/topology.ts";
import { CASE_TIMEOUT_MS, type Drill, startDrill } from "./faults.ts";

let drill: Drill;

beforeAll(async () => {
  drill = await startDrill();
});
afterAll(() => drill[Symbol.asyncDispose]());

test(
  "#47 every event comes three times",
  async () => {
    const { verdict } = await drill.run({ name: "#47 every event comes three times", strike: tripled });
    expect(verdict.seen.messages).toBeGreaterThan(2 * (verdict.seen.ledger ?? 0));
  },
  CASE_TIMEOUT_MS,
);

test(
  "#49 messages come that nobody can read",
  async () => {
    const { broker } = drill.system;
    const poison = eventTopics.flatMap(poisonFor);
    drill.chronicle.injectedKeys.push(...poison.map(({ key }) => key));
    await drill.run({
      name: "#49 messages come that nobody can read",
      async strike() {
        await sendAll(broker, poison);
        return poison.length;
      },
    });
    for (const topic of eventTopics) {
      const letters = await readTopic(broker, deadLetterTopic(topic));
      for (const message of poison.filter((each) => each.topic === topic)) {
        const copies = letters.filter(({ key }) => key === message.key);
        expect(new Set(copies.map(({ headers }) => headers.dlq_consumer))).toEqual(new Set(subscribers[topic]));
        for (const { value, headers } of copies) {
          expect(Buffer.from(value).equals(Buffer.from(message.value))).toBe(true);
          expect(headers.dlq_reason).toMatch(/^EVENT_(HEADERS_INVALID|TYPE_UNKNOWN|UNDECODABLE|INVALID)$/);
        }
      }
    }
  },
  CASE_TIMEOUT_MS,
);
