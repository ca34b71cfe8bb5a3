import { AppError, MAX_MINOR, uuidv7 } from "@gantry/kernel";
import { describe, expect, test } from "vitest";
import { aNewOrder, anItem, anOrder } from "../../test/builders.ts";
import { paymentMethods } from "./change.ts";
import {
  cancelOrder,
  completeOrder,
  confirmPayment,
  createOrder,
  endVoided,
  expireOrder,
  type Order,
  refusePayment,
  startPayment,
} from "./order.ts";
import { applyPaymentAnswer } from "./payment-answer.ts";
import { next, type OrderEvent, type OrderStatus, orderStatuses, transitions } from "./transitions.ts";
import { finishOf } from "./unfinished.ts";

const now = new Date("2026-11-02T10:01:00.000Z");
const inTime = new Date(now.getTime() + 1);

const reasonOf = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    if (AppError.is(error)) return error.reason;
    throw error;
  }
  return "nothing thrown";
};

const paying = (order: Partial<Order> = {}): Order =>
  anOrder({ status: "PAYING", version: 2, paymentMethod: "WALLET", ...order });

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

  test("is being paid at version 2 when it says by what", () => {
    const { order, changes } = aNewOrder({ payWith: "WALLET" });
    expect(order).toMatchObject({ status: "PAYING", version: 2, paymentMethod: "WALLET" });
    expect(changes.map(({ version, to, cause }) => `${version} ${cause} ${to}`)).toEqual([
      "1 CREATED PENDING_PAYMENT",
      "2 PAY_REQUESTED PAYING",
    ]);
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
    expect(reasonOf(() => createOrder({ orderUuid: uuidv7(), userUuid: uuidv7(), items: [], at: now }))).toBe(
      "INVALID_REQUEST",
    );
  });
});

describe("paying", () => {
  test("goes from PENDING_PAYMENT over PAYING to PAID, a version each", () => {
    const transactionUuid = uuidv7();
    const begun = startPayment(anOrder(), "SBP", now);
    const paid = confirmPayment(begun.order, transactionUuid, now);
    expect(paid.order).toMatchObject({
      status: "PAID",
      version: 3,
      paymentMethod: "SBP",
      transactionUuid,
      updatedAt: now,
    });
    expect([...begun.changes, ...paid.changes].map((change) => `${change.from} ${change.cause} ${change.to}`)).toEqual([
      "PENDING_PAYMENT PAY_REQUESTED PAYING",
      "PAYING PAYMENT_CONFIRMED PAID",
    ]);
  });

  test("changes nothing when the same transaction is confirmed again", () => {
    const paid = anOrder({ status: "PAID", transactionUuid: uuidv7() });
    expect(confirmPayment(paid, paid.transactionUuid ?? "", now).changes).toEqual([]);
  });

  test("refuses a second transaction", () => {
    const paid = anOrder({ status: "PAID", paymentMethod: "CARD", transactionUuid: uuidv7() });
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

  test("is possible until the deadline and not at it", () => {
    expect(startPayment(anOrder({ expiresAt: inTime }), "CARD", now).order.status).toBe("PAYING");
    expect(reasonOf(() => startPayment(anOrder({ expiresAt: now }), "CARD", now))).toBe("ORDER_EXPIRED");
  });

  test("says that an order has expired, whether it is cancelled already or not", () => {
    const { order } = expireOrder(anOrder({ expiresAt: now }), now);
    expect(reasonOf(() => startPayment(order, "CARD", now))).toBe("ORDER_EXPIRED");
  });

  test("shows why it was refused until the order changes again", () => {
    const { order, changes } = refusePayment(paying(), "INSUFFICIENT_FUNDS", now);
    expect(order).toMatchObject({ status: "PENDING_PAYMENT", version: 3, paymentFailure: "INSUFFICIENT_FUNDS" });
    expect(changes).toMatchObject([{ cause: "PAYMENT_REFUSED", paymentFailure: "INSUFFICIENT_FUNDS" }]);
    expect(startPayment(order, "CARD", now).order).toMatchObject({ paymentMethod: "CARD", paymentFailure: undefined });
  });

  test.each(orderStatuses.filter((status) => status !== "PAYING"))("of a %s order cannot be refused", (status) => {
    expect(reasonOf(() => refusePayment(anOrder({ status, paymentMethod: "CARD" }), "REFUSED", now))).toMatch(
      /^ORDER_/,
    );
    expect(reasonOf(() => refusePayment(anOrder({ status }), "REFUSED", now))).toMatch(/^ORDER_/);
  });
});

describe("an answer of payment", () => {
  const transactionUuid = uuidv7();
  const answer = { orderUuid: uuidv7(), orderVersion: 2 };

  test("pays the order that asked", () => {
    expect(applyPaymentAnswer(paying(), { ...answer, transactionUuid }, now).order).toMatchObject({
      status: "PAID",
      version: 3,
      transactionUuid,
    });
  });

  test.each(["INSUFFICIENT_FUNDS", "CURRENCY_MISMATCH", "REFUSED"] as const)("gives it back with %s", (failure) => {
    expect(applyPaymentAnswer(paying(), { ...answer, failure }, now).order).toMatchObject({
      status: "PENDING_PAYMENT",
      paymentFailure: failure,
    });
  });

  test("ends an order that is voided, because it never can be paid", () => {
    expect(applyPaymentAnswer(paying(), { ...answer, failure: "VOIDED" }, now).order).toMatchObject({
      status: "CANCELLED",
      cancelReason: "REQUESTED",
    });
  });

  test.each([
    ["another try", paying({ version: 4 })],
    ...orderStatuses
      .filter((status) => status !== "PAYING")
      .map((status): [string, Order] => [`an order that is ${status}`, anOrder({ status, version: 2 })]),
  ])("to %s changes nothing", (_name, order) => {
    for (const said of [{ transactionUuid }, { failure: "REFUSED" as const }, { failure: "VOIDED" as const }])
      expect(applyPaymentAnswer(order, { ...answer, ...said }, now)).toEqual({ order, changes: [] });
  });
});

describe("cancelling", () => {
  test("ends an unpaid order", () => {
    expect(cancelOrder(anOrder(), now).order).toMatchObject({ status: "CANCELLED", cancelReason: "REQUESTED" });
  });

  test("changes nothing the second time", () => {
    const cancelled = anOrder({ status: "CANCELLED" });
    expect(cancelOrder(cancelled, now)).toEqual({ order: cancelled, changes: [] });
    expect(expireOrder(cancelled, now)).toEqual({ order: cancelled, changes: [] });
  });

  test("rejects a paid order and names the payment", () => {
    const transactionUuid = uuidv7();
    const paid = anOrder({ status: "PAID", transactionUuid });
    for (const end of [cancelOrder, expireOrder])
      expect(() => end(paid, now)).toThrow(
        expect.objectContaining({
          reason: "ORDER_ALREADY_PAID",
          details: { status: "PAID", transaction_uuid: transactionUuid },
        }),
      );
  });

  test("of a voided payment is the person's doing before the deadline and time's behind it", () => {
    expect(endVoided(paying({ expiresAt: inTime }), now).changes).toMatchObject([{ cause: "CANCEL_REQUESTED" }]);
    expect(endVoided(paying({ expiresAt: now }), now).changes).toMatchObject([{ cause: "UNPAID_TOO_LONG" }]);
  });
});

describe("what becomes of an order that nobody finished", () => {
  const finishes = (status: OrderStatus, expiresAt: Date) =>
    new Set(paymentMethods.map((paymentMethod) => finishOf(anOrder({ status, paymentMethod, expiresAt }), now)));

  test("an unpaid one expires at its deadline", () => {
    expect(finishes("PENDING_PAYMENT", inTime)).toEqual(new Set(["wait"]));
    expect(finishes("PENDING_PAYMENT", now)).toEqual(new Set(["expire"]));
  });

  test("a payment by a call is asked for again until the deadline; one by wallet never is", () => {
    const finish = (order: Partial<Order>) => finishOf(paying({ expiresAt: inTime, ...order }), now);
    for (const paymentMethod of paymentMethods.filter((method) => method !== "WALLET"))
      expect(finish({ paymentMethod })).toBe("pay");
    expect(finish({ paymentMethod: "WALLET" })).toBe("wait");
  });

  test("any payment is voided behind the deadline", () => {
    expect(finishes("PAYING", now)).toEqual(new Set(["void"]));
  });

  test.each(["NEW", "PAID", "ASSEMBLED", "CANCELLED", "FAILED"] as const)("a %s order is left alone", (status) => {
    expect(finishes(status, now)).toEqual(new Set(["wait"]));
  });
});

describe("a ship that is built", () => {
  test("completes a paid order", () => {
    const { order, changes } = completeOrder(anOrder({ status: "PAID", version: 3 }), 7, now);
    expect(order).toMatchObject({ status: "ASSEMBLED", version: 4 });
    expect(changes).toMatchObject([{ cause: "SHIP_ASSEMBLED", buildTimeSec: 7 }]);
  });

  test.each(orderStatuses.filter((status) => status !== "PAID"))("does not complete a %s order", (status) => {
    expect(() => completeOrder(anOrder({ status }), 7, now)).toThrow(AppError);
  });
});
