import { AppError, MAX_MINOR, uuidv7 } from "@gantry/kernel";
import { describe, expect, test } from "vitest";
import { aNewOrder, anItem, anOrder } from "../../test/builders.ts";
import { cancelOrder, confirmPayment, startPayment } from "./order.ts";
import { next, type OrderEvent, orderStatuses, transitions } from "./transitions.ts";

const now = new Date("2026-11-02T10:01:00.000Z");

const reasonOf = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    if (AppError.is(error)) return error.reason;
    throw error;
  }
  return "nothing thrown";
};

describe("the state machine", () => {
  const legal: readonly string[] = [
    "NEW STOCK_RESERVED PENDING_PAYMENT",
    "NEW OUT_OF_STOCK FAILED",
    "PENDING_PAYMENT PAY_REQUESTED PAYING",
    "PENDING_PAYMENT CANCEL_REQUESTED CANCELLED",
    "PENDING_PAYMENT UNPAID_TOO_LONG CANCELLED",
    "PAYING PAYMENT_CONFIRMED PAID",
    "PAYING PAYMENT_REFUSED PENDING_PAYMENT",
    "PAYING CANCEL_REQUESTED CANCELLED",
    "PAYING UNPAID_TOO_LONG CANCELLED",
    "PAID SHIP_ASSEMBLED ASSEMBLED",
  ];

  test("allows exactly the transitions of the design", () => {
    const events = Object.keys(transitions) as OrderEvent[];
    const allowed = orderStatuses.flatMap((from) =>
      events.flatMap((event) => {
        const to = next(from, event);
        return to === undefined ? [] : [`${from} ${event} ${to}`];
      }),
    );
    expect(allowed.toSorted()).toEqual(legal.toSorted());
  });

  test("leaves no way out of a final state", () => {
    for (const final of ["ASSEMBLED", "CANCELLED", "FAILED"] as const) {
      for (const event of Object.keys(transitions) as OrderEvent[]) expect(next(final, event)).toBeUndefined();
    }
  });
});

describe("a new order", () => {
  test("adds up quantity times price of each line", () => {
    const items = [
      anItem({ quantity: 2, unitPrice: { minor: 150n, currency: "USD" } }),
      anItem({ unitPrice: { minor: 7n, currency: "USD" } }),
    ];
    expect(aNewOrder({ items }).order.total).toEqual({ minor: 307n, currency: "USD" });
  });

  test("waits for its payment at version 1", () => {
    const { order, changes } = aNewOrder();
    expect(order).toMatchObject({ status: "PENDING_PAYMENT", version: 1 });
    expect(changes).toEqual([{ version: 1, to: "PENDING_PAYMENT", cause: "CREATED", occurredAt: order.createdAt }]);
  });

  test("refuses a total beyond what a JSON number holds", () => {
    const items = [anItem({ quantity: 2, unitPrice: { minor: MAX_MINOR, currency: "USD" } })];
    expect(reasonOf(() => aNewOrder({ items }))).toBe("MONEY_OUT_OF_RANGE");
  });

  test("refuses lines of different currencies", () => {
    const items = [anItem(), anItem({ unitPrice: { minor: 1n, currency: "EUR" } })];
    expect(reasonOf(() => aNewOrder({ items }))).toBe("CURRENCY_MISMATCH");
  });

  test("refuses to be empty", () => {
    expect(reasonOf(() => aNewOrder({ items: [] }))).toBe("INVALID_REQUEST");
  });
});

describe("paying", () => {
  test("goes from PENDING_PAYMENT over PAYING to PAID, a version each", () => {
    const transactionUuid = uuidv7();
    const paying = startPayment(anOrder(), "SBP", now);
    const paid = confirmPayment(paying.order, transactionUuid, now);
    expect(paid.order).toMatchObject({
      status: "PAID",
      version: 3,
      paymentMethod: "SBP",
      transactionUuid,
      updatedAt: now,
    });
    expect([...paying.changes, ...paid.changes].map((change) => `${change.from} ${change.cause} ${change.to}`)).toEqual(
      ["PENDING_PAYMENT PAY_REQUESTED PAYING", "PAYING PAYMENT_CONFIRMED PAID"],
    );
  });

  test("changes nothing when the same transaction is confirmed again", () => {
    const paid = anOrder({ status: "PAID", transactionUuid: uuidv7() });
    expect(confirmPayment(paid, paid.transactionUuid ?? "", now).changes).toEqual([]);
  });

  test("refuses a second transaction", () => {
    const paid = anOrder({ status: "PAID", transactionUuid: uuidv7() });
    expect(reasonOf(() => confirmPayment(paid, uuidv7(), now))).toBe("ORDER_ALREADY_PAID");
  });

  test.each([
    ["PAYING", "PAYMENT_IN_PROGRESS"],
    ["PAID", "ORDER_ALREADY_PAID"],
    ["ASSEMBLED", "ORDER_ALREADY_PAID"],
    ["CANCELLED", "ORDER_CANCELLED"],
    ["FAILED", "ORDER_FAILED"],
  ] as const)("rejects a %s order with %s", (status, reason) => {
    expect(reasonOf(() => startPayment(anOrder({ status }), "CARD", now))).toBe(reason);
  });
});

describe("cancelling", () => {
  test("ends an unpaid order", () => {
    expect(cancelOrder(anOrder(), now).order.status).toBe("CANCELLED");
  });

  test("changes nothing the second time", () => {
    const cancelled = anOrder({ status: "CANCELLED" });
    expect(cancelOrder(cancelled, now)).toEqual({ order: cancelled, changes: [] });
  });

  test("rejects a paid order and names the payment", () => {
    const transactionUuid = uuidv7();
    const paid = anOrder({ status: "PAID", transactionUuid });
    expect(() => cancelOrder(paid, now)).toThrow(
      expect.objectContaining({
        reason: "ORDER_ALREADY_PAID",
        details: { status: "PAID", transaction_uuid: transactionUuid },
      }),
    );
  });
});
