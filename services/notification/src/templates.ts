import { type Timestamp, timestampDate } from "@bufbuild/protobuf/wkt";
import type { events } from "@gantry/gen/events/registry";
import type { Money } from "@gantry/gen/proto/gantry/common/v1/money_pb";
import type { EventOf } from "@gantry/messaging";
import { type Html, html } from "./html.ts";

type Event<Name extends keyof typeof events> = EventOf<typeof events, Name>;

/** Number and time stand in every message about an order, so that one which came twice is recognised. */
export const orderPaid = (event: Event<"gantry.order.v1.OrderPaid">): Html => html`<b>Order paid</b>
Order: <code>${event.orderUuid}</code>
Amount: ${amount(event.total)}
Transaction: <code>${event.transactionUuid}</code>
${time(event.occurredAt)}`;

export const shipAssembled = (event: Event<"gantry.assembly.v1.ShipAssembled">): Html => html`<b>Your ship is ready</b>
Order: <code>${event.orderUuid}</code>
Built in ${event.buildTimeSec} s
${time(event.occurredAt)}`;

export const greeting = (firstName: string, chatId: string): Html => html`Hello, ${firstName}!
Here you will read when your orders are paid and your ships are ready.
Your chat: <code>${chatId}</code>`;

/** In the currency's own number of digits. */
function amount({ minor, currency }: Money): string {
  const format = new Intl.NumberFormat("en", { style: "currency", currency, currencyDisplay: "code" });
  const digits = format.resolvedOptions().maximumFractionDigits ?? 0;
  return format.format(Number(minor) / 10 ** digits);
}

const time = (at: Timestamp): string => `${timestampDate(at).toISOString().slice(0, 19).replace("T", " ")} UTC`;
