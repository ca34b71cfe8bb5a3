import { describe, expect, test } from "vitest";
import { wrong } from "../broken-snapshot.ts";
import { built } from "../healthy-snapshot.ts";

describe("I12 is red when", () => {
  test("the backlog took too long", () => {
    expect(wrong({ drain: { tookMs: 60_001, limitMs: 60_000 } })).toEqual([
      "I12 took 60001 ms to drain, more than 60000 ms",
    ]);
  });

  test.each([false, true])("something is left in an outbox, parked: %s", (parked) => {
    const row = { service: "order", topic: "order.events.v1", key: built, version: 5, eventId: "e", parked };
    expect(wrong({ outbox: [row] })).toEqual([`I12 is still in the outbox of order${parked ? ", parked" : ""}`]);
  });
});
