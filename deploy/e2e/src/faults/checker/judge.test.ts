import { describe, expect, test } from "vitest";
import type { Call } from "../history/call.ts";
import { ann, built, chat, dropped, healthySnapshot as healthy, transaction } from "./healthy-snapshot.ts";
import { judge } from "./judge.ts";
import type { Snapshot } from "./snapshot.ts";

/** What is wrong when `change` is made to a healthy system: invariant and message of each violation. */
const wrong = (change: Partial<Snapshot>): string[] =>
  judge({ ...healthy, ...change }).map(({ invariant, message }) => `${invariant} ${message}`);

/** All but those that `is` names. */
const without = <T>(list: readonly T[], is: (item: T) => boolean): T[] => {
  const left = list.filter((item) => !is(item));
  if (left.length === list.length) throw new Error("nothing was taken away");
  return left;
};

/** `set` on those that `is` names. */
const altered = <T>(list: readonly T[], is: (item: T) => boolean, set: Partial<T>): T[] => {
  if (!list.some(is)) throw new Error("nothing was altered");
  return list.map((item) => (is(item) ? { ...item, ...set } : item));
};

const first = <T>(list: readonly T[], is: (item: T) => boolean): T => {
  const found = list.find(is);
  if (found === undefined) throw new Error("there is none");
  return found;
};

const paidEvent = (event: { readonly eventId?: string }): boolean => event.eventId === `${built}/order.events.v1/4`;
const shipEvent = (event: { readonly eventId?: string }): boolean => event.eventId === `${built}/assembly.events.v1/1`;
const at = { startedAtMs: 0, endedAtMs: 1 };

test("finds nothing wrong in a healthy system", () => {
  expect(judge(healthy)).toEqual([]);
});

describe("I1 is red when", () => {
  const paidInAssembly = (row: { readonly consumer: string; readonly eventId: string }): boolean =>
    row.consumer === "assembly" && paidEvent(row);
  const unapplied = {
    inbox: without(healthy.inbox, paidInAssembly).filter(
      ({ consumer, key, version }) => !(consumer === "assembly" && key === built && version === 5),
    ),
    cursors: altered(healthy.cursors, ({ consumer, key }) => consumer === "assembly" && key === built, {
      lastVersion: 3,
    }),
  };

  test("a committed event never came to its topic", () => {
    expect(wrong({ messages: without(healthy.messages, paidEvent) })).toEqual([
      "I1 gantry.order.v1.OrderPaid was committed and is not in the topic",
    ]);
  });

  test("a consumer never applied an event", () => {
    expect(wrong(unapplied)).toEqual([
      "I1 assembly never applied it and did not put it aside (gantry.order.v1.OrderPaid)",
      "I1 assembly never applied it and did not put it aside (gantry.order.v1.OrderAssembled)",
    ]);
  });

  test("a consumer applied an event twice", () => {
    const again = first(healthy.inbox, (row) => row.consumer === "notification" && shipEvent(row));
    expect(wrong({ inbox: [...healthy.inbox, again] })).toContain(
      "I1 notification applied it 2 times (gantry.assembly.v1.ShipAssembled)",
    );
  });

  test("events are parked and nobody knows why", () => {
    const parked = healthy.ledger
      .filter(({ topic, key, version }) => topic === "order.events.v1" && key === built && version >= 4)
      .map(({ topic, key, version, eventId = "" }) => ({
        topic,
        key,
        version,
        eventId,
        consumer: "assembly",
        reason: "",
      }));
    expect(wrong({ ...unapplied, parked })).toHaveLength(2);
    const explained = parked.map((row, index) => ({ ...row, reason: index === 0 ? "BUG" : "" }));
    expect(wrong({ ...unapplied, parked: explained })).toEqual([]);
  });

  test("a dead letter has no reason", () => {
    const inbox = without(healthy.inbox, (row) => row.consumer === "notification" && shipEvent(row));
    const cursors = without(
      healthy.cursors,
      ({ consumer, topic }) => consumer === "notification" && topic === "assembly.events.v1",
    );
    const letter = { topic: "assembly.events.v1", consumer: "notification", eventId: `${built}/assembly.events.v1/1` };
    expect(wrong({ inbox, cursors, deadLetters: [{ ...letter, reason: "" }] })).toHaveLength(1);
    expect(wrong({ inbox, cursors, deadLetters: [{ ...letter, reason: "EVENT_INVALID" }] })).toEqual([]);
  });
});

describe("I2 is red when", () => {
  const message = first(healthy.messages, paidEvent);
  const ghost = { ...message, key: "nobody", version: 1, eventId: "ghost", offset: "99" };

  test("a topic holds what nobody committed, unless the test put it there", () => {
    expect(wrong({ messages: [...healthy.messages, ghost] })).toEqual([
      "I2 gantry.order.v1.OrderPaid ghost is in the topic and was committed by nobody",
    ]);
    expect(wrong({ messages: [...healthy.messages, ghost], injected: { keys: [ghost.key] } })).toEqual([]);
  });

  test("a topic holds another event than the one committed", () => {
    expect(
      wrong({ messages: altered(healthy.messages, paidEvent, { type: "gantry.order.v1.OrderCancelled" }) }),
    ).toEqual([expect.stringContaining("but what was committed is gantry.order.v1.OrderPaid")]);
  });

  test("a topic holds an event under another id", () => {
    expect(wrong({ messages: [...healthy.messages, { ...message, eventId: "other" }] })).toEqual([
      expect.stringContaining(
        "I2 gantry.order.v1.OrderPaid other is in the topic, but the id of what was committed is",
      ),
      expect.stringContaining("I2 has two ids"),
    ]);
  });

  test("two events share an id, in a ledger that keeps none", () => {
    const ledger = healthy.ledger.map(({ eventId: _, ...event }) => event);
    expect(wrong({ ledger })).toEqual([]);
    const messages = altered(healthy.messages, shipEvent, { eventId: message.eventId });
    const inbox = altered(healthy.inbox, shipEvent, { eventId: message.eventId });
    expect(wrong({ ledger, messages, inbox })).toEqual([expect.stringContaining("I2 shares its id")]);
  });

  test("a consumer applied what nobody committed", () => {
    const row = { ...first(healthy.inbox, paidEvent), key: dropped, version: 4, eventId: "ghost" };
    expect(wrong({ inbox: [...healthy.inbox, row] })).toContainEqual(
      expect.stringContaining("I2 payment applied ghost, which was committed by nobody"),
    );
  });
});

describe("I3 is red when", () => {
  const ofAssembly = ({ consumer, key }: { readonly consumer: string; readonly key: string }): boolean =>
    consumer === "assembly" && key === built;

  test("a consumer skipped a version", () => {
    const inbox = without(healthy.inbox, (row) => ofAssembly(row) && row.version === 2);
    expect(wrong({ inbox })).toContain("I3 applied versions 1, 3, 4, 5");
  });

  test("a consumer repeated a version", () => {
    const again = first(healthy.inbox, (row) => ofAssembly(row) && row.version === 2);
    expect(wrong({ inbox: [...healthy.inbox, again] })).toContain("I3 applied versions 1, 2, 2, 3, 4, 5");
  });

  test.each([4, 6])("a cursor says %i where 5 was applied", (lastVersion) => {
    expect(wrong({ cursors: altered(healthy.cursors, ofAssembly, { lastVersion }) })).toEqual([
      `I3 applied up to 5, but its cursor says ${lastVersion}`,
    ]);
  });

  test("a consumer went on past a parked event", () => {
    const parked = [{ ...first(healthy.inbox, (row) => ofAssembly(row) && row.version === 4), reason: "BUG" }];
    expect(wrong({ parked })).toEqual(["I3 applied version 5 past version 4, which is parked"]);
  });
});

describe("I4 is red when", () => {
  const payment = first(healthy.payments, ({ decision }) => decision === "PAY");
  const isBuilt = ({ orderUuid }: { readonly orderUuid?: string }): boolean => orderUuid === built;
  const isDropped = ({ orderUuid }: { readonly orderUuid?: string }): boolean => orderUuid === dropped;

  test("an order was paid twice", () => {
    const again = { ...payment, transactionUuid: "again", paymentMethod: "CARD" };
    expect(wrong({ payments: [...healthy.payments, again] })).toEqual([
      "I4 was paid 2 times",
      "I4 1400 was taken for orders worth 700",
    ]);
  });

  test("an order was paid and voided", () => {
    expect(wrong({ payments: [...healthy.payments, { orderUuid: built, decision: "VOID" }] })).toEqual([
      "I4 was paid and voided",
    ]);
  });

  test("an order is PAID and nothing was paid", () => {
    const payments = without(healthy.payments, isBuilt);
    const entries = without(healthy.entries, isBuilt);
    const accounts = altered(healthy.accounts, () => true, { balanceMinor: 1_000 });
    expect(wrong({ payments, entries, accounts })).toEqual([
      "I4 is ASSEMBLED and nothing was paid",
      "I4 0 was taken for orders worth 700",
    ]);
  });

  test.each(["CANCELLED", "PENDING_PAYMENT", "PAYING"] as const)("a %s order was paid", (status) => {
    const orders = altered(healthy.orders, isDropped, { status, updatedAtMs: healthy.takenAtMs });
    const payments = altered(healthy.payments, isDropped, { ...payment, orderUuid: dropped, paymentMethod: "CARD" });
    const calls = healthy.calls.filter(({ operation }) => operation !== "cancel");
    expect(wrong({ orders, payments, calls })).toEqual([
      `I4 is ${status} and was paid by ${transaction}`,
      "I4 1400 was taken for orders worth 700",
    ]);
  });

  test("an order names another transaction than its payment", () => {
    expect(wrong({ orders: altered(healthy.orders, isBuilt, { transactionUuid: "other" }) })).toEqual([
      `I4 names transaction other, and was paid by ${transaction}`,
    ]);
  });

  test("an order was paid with another amount", () => {
    const payments = altered(healthy.payments, isBuilt, { amountMinor: 699 });
    expect(wrong({ payments })).toContain("I4 costs 700, and 699 was paid for it");
  });

  test("somebody else paid", () => {
    const payments = altered(healthy.payments, isBuilt, { userUuid: "bob" });
    expect(wrong({ payments })).toContain(`I4 is ${ann}'s, and bob paid it`);
  });

  test("a payment is for no order", () => {
    const payments = [...healthy.payments, { ...payment, orderUuid: "none", paymentMethod: "CARD" }];
    expect(wrong({ payments })).toContain(`I4 does not exist and was paid by ${transaction}`);
  });

  test("money came for an order that was not paid by it", () => {
    const rejected = [
      { orderUuid: dropped, type: "gantry.payment.v1.PaymentCompleted", orderStatus: "CANCELLED" },
    ] as const;
    expect(wrong({ rejected })).toEqual(["I4 was paid when it was CANCELLED"]);
  });

  test("answers name different transactions", () => {
    const pay = (transactionUuid: string): Call => ({
      userUuid: ann,
      operation: "pay",
      orderUuid: built,
      key: transactionUuid,
      ...at,
      outcome: { kind: "ok", status: 200, transactionUuid },
    });
    expect(wrong({ calls: [...healthy.calls, pay(transaction), pay("other")] })).toContain(
      `I4 has several transactions in its answers: ${transaction}, other`,
    );
  });

  test("a balance is not the sum of its entries", () => {
    const accounts = altered(healthy.accounts, () => true, { balanceMinor: 400 });
    expect(wrong({ accounts })).toEqual(["I4 has 400, and its entries add up to 300"]);
  });

  test("a balance is below zero", () => {
    const entries = altered(healthy.entries, ({ key }) => key === "money", { deltaMinor: 600, balanceMinor: 600 });
    const accounts = altered(healthy.accounts, () => true, { balanceMinor: -100 });
    expect(wrong({ accounts, entries: altered(entries, isBuilt, { balanceMinor: -100 }) })).toEqual([
      "I4 has -100, below zero",
      "I4 entry 2 leaves -100, not -100",
    ]);
  });

  test("entries belong to no account", () => {
    expect(wrong({ accounts: [] })).toEqual(["I4 has entries and no account"]);
  });

  test("an entry does not count on from the one before", () => {
    expect(wrong({ entries: altered(healthy.entries, isBuilt, { balanceMinor: 200 }) })).toEqual([
      "I4 entry 2 leaves 200, not 300",
    ]);
    expect(wrong({ entries: altered(healthy.entries, isBuilt, { version: 3 }) })).toEqual([
      "I4 entry 3 leaves 300, not 300",
    ]);
  });

  test("a payment by wallet has no debit, or a debit no payment", () => {
    const entries = without(healthy.entries, isBuilt);
    const accounts = altered(healthy.accounts, () => true, { balanceMinor: 1_000 });
    expect(wrong({ entries, accounts })).toEqual(["I4 was paid by wallet without a debit"]);
    const payments = altered(healthy.payments, isBuilt, { paymentMethod: "CARD" });
    expect(wrong({ payments })).toEqual(["I4 was debited without a payment by wallet"]);
  });

  test("a wallet was debited twice for one order", () => {
    const again = {
      entryUuid: "again",
      userUuid: ann,
      deltaMinor: -100,
      balanceMinor: 200,
      version: 3,
      orderUuid: built,
    };
    const accounts = altered(healthy.accounts, () => true, { balanceMinor: 200 });
    expect(wrong({ accounts, entries: [...healthy.entries, again] })).toEqual(["I4 was debited 2 times"]);
  });

  test("a debit differs from its payment", () => {
    const accounts = altered(healthy.accounts, () => true, { balanceMinor: 400 });
    const less = altered(healthy.entries, isBuilt, { deltaMinor: -600, balanceMinor: 400 });
    expect(wrong({ accounts, entries: less })).toEqual(["I4 was paid with 700 and debited with 600"]);
    const unnamed = altered(healthy.entries, isBuilt, { entryUuid: "other" });
    expect(wrong({ entries: unnamed })).toEqual([`I4 was paid by ${transaction} and debited by other`]);
  });

  test("a debit is from somebody else's wallet", () => {
    const bobs = { entryUuid: "b", userUuid: "bob", deltaMinor: 700, balanceMinor: 700, version: 1 };
    const debit = altered(healthy.entries, isBuilt, { userUuid: "bob", balanceMinor: 0 });
    const accounts = [
      { userUuid: ann, balanceMinor: 1_000 },
      { userUuid: "bob", balanceMinor: 0 },
    ];
    expect(wrong({ accounts, entries: [...debit, bobs] })).toEqual([`I4 was paid by ${ann} from bob's wallet`]);
  });
});

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

describe("I13 is red when", () => {
  const told = (change: Partial<Call> & Pick<Call, "operation" | "outcome">): string[] =>
    wrong({ calls: [...healthy.calls, { userUuid: ann, ...at, ...change }] });

  test("a created order is not there", () => {
    expect(
      told({ operation: "create", outcome: { kind: "ok", status: 201, orderUuid: "none", totalMinor: 1 } }),
    ).toEqual(["I13 create answered 201, and there is no such order"]);
  });

  test("a created order is somebody else's", () => {
    const outcome = { kind: "ok", status: 201, orderUuid: built, totalMinor: 700 } as const;
    expect(told({ operation: "create", userUuid: "bob", outcome })).toEqual([
      `I13 create answered 201, and the order is ${ann}'s`,
    ]);
  });

  test("a created order costs something else", () => {
    const outcome = { kind: "ok", status: 201, orderUuid: built, totalMinor: 1 } as const;
    expect(told({ operation: "create", outcome })).toEqual(["I13 create answered 201, with 1, and it costs 700"]);
  });

  test("a paid order is not PAID", () => {
    const outcome = { kind: "ok", status: 200, transactionUuid: "t" } as const;
    expect(told({ operation: "pay", orderUuid: dropped, outcome })).toEqual([
      "I13 pay answered 200, and the order is CANCELLED",
    ]);
  });

  test("a payment by wallet was promised and never began", () => {
    expect(told({ operation: "pay", orderUuid: dropped, outcome: { kind: "ok", status: 202 } })).toEqual([
      "I13 pay answered 202, and no payment ever began",
    ]);
  });

  test("a cancelled order is not CANCELLED", () => {
    expect(told({ operation: "cancel", orderUuid: built, outcome: { kind: "ok", status: 204 } })).toEqual([
      "I13 cancel answered 204, and the order is ASSEMBLED",
    ]);
  });

  test("a top-up is not in the wallet", () => {
    expect(told({ operation: "topUp", outcome: { kind: "ok", status: 200, entryUuid: "none" } })).toEqual([
      "I13 topUp answered 200, and there is no such entry",
    ]);
  });

  test.each([
    ["ORDER_ALREADY_PAID", dropped, "CANCELLED"],
    ["ORDER_CANCELLED", built, "ASSEMBLED"],
    ["ORDER_EXPIRED", built, "ASSEMBLED"],
    ["ORDER_FAILED", built, "ASSEMBLED"],
  ])("a refusal says %s and that is not so", (code, orderUuid, status) => {
    expect(told({ operation: "pay", orderUuid, outcome: { kind: "fail", status: 409, code } })).toEqual([
      `I13 pay was refused with ${code}, and the order is ${status}`,
    ]);
  });

  test.each(["create", "topUp"] as const)("a %s was refused in every answer and done", (operation) => {
    const refused = { kind: "fail", status: 409, code: "ORDER_CHANGED" } as const;
    const key = operation === "create" ? "first" : "money";
    const calls = healthy.calls.filter((call) => call.key !== key);
    const call: Call = { userUuid: ann, operation, key, ...at, outcome: refused };
    expect(wrong({ calls: [...calls, call] })).toEqual([`I13 ${operation} was refused in every answer, and was done`]);
    const unsure: Call = { ...call, outcome: { kind: "unknown", why: "ECONNRESET" } };
    expect(wrong({ calls: [...calls, call, unsure] })).toEqual([]);
  });

  test("one key made two orders", () => {
    const outcome = { kind: "ok", status: 201, orderUuid: dropped, totalMinor: 700 } as const;
    expect(told({ operation: "create", key: "first", outcome })).toEqual([
      expect.stringContaining("I13 create answered one key in 2 ways"),
    ]);
  });
});

test("counts nothing unknown as refused: an unknown create may be there or not", () => {
  const calls = healthy.calls.filter(({ key }) => key !== "first");
  const unsure: Call = {
    userUuid: ann,
    operation: "create",
    key: "first",
    ...at,
    outcome: { kind: "unknown", why: "503" },
  };
  expect(wrong({ calls: [...calls, unsure] })).toEqual([]);
});
