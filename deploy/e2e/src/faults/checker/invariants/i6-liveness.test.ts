import { describe, expect, test } from "vitest";
import { altered, wrong } from "../broken-snapshot.ts";
import { dropped, healthySnapshot as healthy } from "../healthy-snapshot.ts";
import type { Snapshot } from "../snapshot.ts";

describe("I6 is red when", () => {
  const waiting = (set: Partial<Snapshot["orders"][number]>): string[] =>
    wrong({
      orders: altered(healthy.orders, ({ orderUuid }) => orderUuid === dropped, set),
      calls: healthy.calls.filter(({ operation }) => operation !== "cancel"),
    });

  test("an order waits for its payment 5 s after its deadline", () => {
    const expiresAtMs = healthy.takenAtMs - 5_001;
    expect(waiting({ status: "PENDING_PAYMENT", expiresAtMs })).toEqual([
      "I6 is PENDING_PAYMENT 5001 ms after its deadline",
    ]);
    expect(waiting({ status: "PENDING_PAYMENT", expiresAtMs: expiresAtMs + 1 })).toEqual([]);
  });

  test.each(["PAYING", "NEW"] as const)("an order is %s for more than a minute", (status) => {
    const updatedAtMs = healthy.takenAtMs - 60_001;
    expect(waiting({ status, updatedAtMs })).toEqual([`I6 is ${status} for 60001 ms`]);
    expect(waiting({ status, updatedAtMs: updatedAtMs + 1 })).toEqual([]);
  });
});
