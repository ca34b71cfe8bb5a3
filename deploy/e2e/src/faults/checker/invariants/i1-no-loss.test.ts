import { describe, expect, test } from "vitest";
import { altered, first, without, wrong } from "../broken-snapshot.ts";
import { built, healthySnapshot as healthy } from "../healthy-snapshot.ts";

const paidEvent = (event: { readonly eventId?: string }): boolean => event.eventId === `${built}/order.events.v1/4`;
const shipEvent = (event: { readonly eventId?: string }): boolean => event.eventId === `${built}/assembly.events.v1/1`;

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
