import { describe, expect, test } from "vitest";
import { altered, first, without, wrong } from "../broken-snapshot.ts";
import { built, chat, healthySnapshot as healthy } from "../healthy-snapshot.ts";

describe("I8 is red when", () => {
  const paid = { orderUuid: built, kind: "ORDER_PAID", chat };
  const isPaid = ({ kind }: { readonly kind: string }): boolean => kind === "ORDER_PAID";

  test("nobody is to be told of a payment", () => {
    const notices = without(healthy.notices, isPaid);
    expect(wrong({ notices, deliveries: without(healthy.deliveries, isPaid) })).toEqual([
      "I8 happened, and nobody is to be told",
    ]);
  });

  test("a message is SENT and was never delivered", () => {
    expect(wrong({ deliveries: without(healthy.deliveries, isPaid) })).toEqual(["I8 is SENT and was never delivered"]);
  });

  test.each(["PENDING", "SENDING"] as const)("a message is still %s", (state) => {
    expect(wrong({ notices: altered(healthy.notices, isPaid, { state }) })).toEqual([`I8 is still ${state}`]);
  });

  test.each(["FAILED", "UNKNOWN"] as const)("a message is %s and nobody knows why", (state) => {
    expect(wrong({ notices: altered(healthy.notices, isPaid, { state }) })).toEqual([
      `I8 is ${state} without a reason`,
    ]);
    expect(wrong({ notices: altered(healthy.notices, isPaid, { state, reason: "TIMEOUT" }) })).toEqual([]);
  });

  test("a message came more often than its sender was unsure", () => {
    const deliveries = [...healthy.deliveries, paid];
    expect(wrong({ deliveries })).toEqual(["I8 was delivered 2 times, 0 of them unknown to the sender"]);
    expect(wrong({ deliveries, notices: altered(healthy.notices, isPaid, { ambiguous: 1 }) })).toEqual([]);
  });

  test("one message is to be told twice", () => {
    const again = first(healthy.notices, isPaid);
    expect(wrong({ notices: [...healthy.notices, again] })).toEqual(["I8 is to be told 2 times"]);
  });

  test("a message came that nobody was to get", () => {
    expect(wrong({ deliveries: [...healthy.deliveries, { ...paid, chat: "666" }] })).toEqual([
      "I8 was delivered, and nobody was to be told",
    ]);
  });
});
