import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { events } from "@gantry/gen/events/registry";
import { ShipAssembledSchema } from "@gantry/gen/proto/gantry/assembly/v1/events_pb";
import { OrderPaidSchema } from "@gantry/gen/proto/gantry/order/v1/events_pb";
import { PaymentMethod } from "@gantry/gen/proto/gantry/payment/v1/payment_pb";
import { createEventCodec } from "@gantry/messaging";
import { expect, test } from "vitest";
import { plain } from "./html.ts";
import { greeting, orderPaid, shipAssembled } from "./templates.ts";

const codec = createEventCodec(events);
const orderUuid = "01a1fe22-9a9b-77af-bedd-6b1b0f8d54a8";
const common = {
  orderUuid,
  userUuid: "01a1fe22-9a9b-77af-bedd-6b1b0f8d54a9",
  version: 3,
  occurredAt: timestampFromDate(new Date("2026-11-21T12:44:04.999Z")),
};

function paid(minor: bigint, currency: string): string {
  const record = codec.record(OrderPaidSchema, {
    ...common,
    paymentMethod: PaymentMethod.CARD,
    total: { minor, currency },
    transactionUuid: "01a1fe22-a15e-7bba-8561-b788e7714b4e",
  });
  const event = codec.decode(record);
  if (event.$typeName !== "gantry.order.v1.OrderPaid") throw new Error("another event");
  // Intl puts a space between code and number that does not break.
  return plain(orderPaid(event)).replaceAll("\u00a0", " ");
}

test("that an order is paid is told with its number, its time and what it cost", () => {
  expect(paid(3_700_000n, "USD")).toBe(`Order paid
Order: ${orderUuid}
Amount: USD 37,000.00
Transaction: 01a1fe22-a15e-7bba-8561-b788e7714b4e
2026-11-21 12:44:04 UTC`);
});

test.each([
  [1_234n, "JPY", "JPY 1,234"],
  [1_234_567n, "KWD", "KWD 1,234.567"],
  [5n, "EUR", "EUR 0.05"],
  [0n, "XXQ", "XXQ 0.00"],
])("%i minor units of %s are written as %s", (minor, currency, written) => {
  expect(paid(minor, currency)).toContain(`Amount: ${written}\n`);
});

test("that a ship is ready is told with the number and the time that it took", () => {
  const event = codec.decode(codec.record(ShipAssembledSchema, { ...common, version: 1, buildTimeSec: 7 }));
  if (event.$typeName !== "gantry.assembly.v1.ShipAssembled") throw new Error("another event");
  expect(plain(shipAssembled(event))).toBe(
    `Your ship is ready\nOrder: ${orderUuid}\nBuilt in 7 s\n2026-11-21 12:44:04 UTC`,
  );
});

test("a person is greeted by the name that they gave, whatever it is", () => {
  expect(greeting("<b>Ada</b>", "7")).toContain("Hello, &lt;b&gt;Ada&lt;/b&gt;!");
});
