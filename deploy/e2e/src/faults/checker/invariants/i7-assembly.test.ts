import { describe, expect, test } from "vitest";
import { altered, wrong } from "../broken-snapshot.ts";
import { built, dropped, healthySnapshot as healthy } from "../healthy-snapshot.ts";

describe("I7 is red when", () => {
  const [job] = healthy.jobs;
  if (job === undefined) throw new Error("there is no job");

  test("a paid order has no ship", () => {
    expect(wrong({ jobs: [] })).toEqual(["I7 is ASSEMBLED and has 0 ships"]);
  });

  test("a paid order has two ships", () => {
    expect(wrong({ jobs: [job, job] })).toEqual(["I7 is ASSEMBLED and has 2 ships"]);
  });

  test("a ship is not built", () => {
    expect(wrong({ jobs: [{ orderUuid: built, dueAtMs: job.dueAtMs }] })).toEqual([
      "I7 is ASSEMBLED and its ship is not built",
    ]);
  });

  test("a ship was built before it was due", () => {
    expect(wrong({ jobs: [{ ...job, doneAtMs: job.dueAtMs - 1 }] })).toEqual(["I7 was built 1 ms early"]);
  });

  test("an order that is not paid has a ship", () => {
    expect(wrong({ jobs: [job, { ...job, orderUuid: dropped }] })).toEqual(["I7 is CANCELLED and has a ship"]);
  });

  test("a ship is for no order", () => {
    expect(wrong({ jobs: [job, { ...job, orderUuid: "none" }] })).toEqual(["I7 does not exist and has a ship"]);
  });

  test("an order with its ship stays PAID", () => {
    const orders = altered(healthy.orders, ({ orderUuid }) => orderUuid === built, { status: "PAID" });
    expect(wrong({ orders })).toEqual(["I7 has its ship and is still PAID"]);
  });

  test("a ship came for an order that is not paid", () => {
    const rejected = [
      { orderUuid: dropped, type: "gantry.assembly.v1.ShipAssembled", orderStatus: "CANCELLED" },
    ] as const;
    expect(wrong({ rejected })).toEqual(["I7 has a ship that came when it was CANCELLED"]);
  });

  test("an order became ASSEMBLED twice", () => {
    const again = { orderUuid: built, version: 6, cause: "SHIP_ASSEMBLED", to: "ASSEMBLED" } as const;
    expect(wrong({ history: [...healthy.history, again] })).toEqual(["I7 became ASSEMBLED 2 times"]);
  });
});
