import { events } from "@gantry/gen/events/registry";
import { uuidv7 } from "@gantry/kernel";
import { createEventCodec } from "@gantry/messaging";
import { expect, test } from "vitest";
import { oneChatForAll } from "../src/contacts.ts";
import { createHandlers } from "../src/handlers.ts";
import { paidOnly } from "./events.ts";
import { aDatabase, aLog, messagesIn } from "./fixture.ts";

const codec = createEventCodec(events);

test("nothing is logged or sent of an event whose transaction does not commit", async () => {
  const postgres = await aDatabase();
  const { logger, lines } = aLog();
  const woken: string[] = [];
  const handlers = createHandlers({ contacts: oneChatForAll("7"), logger, onPosted: () => woken.push("posted") });
  const handle = handlers["order.events.v1"]?.["gantry.order.v1.OrderPaid"];
  const record = paidOnly(uuidv7());
  const event = codec.decode(record);
  if (typeof handle !== "function" || event.$typeName !== "gantry.order.v1.OrderPaid") throw new Error("no handler");

  const apply = (commits: boolean) => {
    const afterwards: (() => void)[] = [];
    const context = {
      record,
      signal: AbortSignal.timeout(5000),
      afterCommit: (fn: () => void) => void afterwards.push(fn),
    };
    return postgres
      .transaction(async (trx) => {
        await handle(event, { ...context, trx });
        if (!commits) throw new Error("rolled back");
      })
      .then(() => {
        for (const fn of afterwards) fn();
      });
  };
  await expect(apply(false)).rejects.toThrow("rolled back");
  expect([lines, woken, await messagesIn(postgres)]).toEqual([[], [], []]);
  await apply(true);
  expect(lines).toHaveLength(1);
  expect(woken).toEqual(["posted"]);
  expect(await messagesIn(postgres)).toMatchObject([{ state: "PENDING", chat_id: "7", event_id: record.eventId }]);
});
