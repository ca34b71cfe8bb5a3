import { describe, expect, test } from "vitest";
import { altered, first, wrong } from "../broken-snapshot.ts";
import { built, dropped, healthySnapshot as healthy } from "../healthy-snapshot.ts";

const paidEvent = (event: { readonly eventId?: string }): boolean => event.eventId === `${built}/order.events.v1/4`;
const shipEvent = (event: { readonly eventId?: string }): boolean => event.eventId === `${built}/assembly.events.v1/1`;

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
