import type { events } from "@gantry/gen/events/registry";
import type { EventHandler, EventHandlers, EventNameOf, EventOf, HandlerContext } from "@gantry/messaging";
import type { Logger } from "@gantry/telemetry";
import type { Contacts } from "./contacts.ts";
import { type Html, plain } from "./html.ts";
import { post } from "./mailbox.postgres.ts";
import type { Kind, NotificationTables } from "./tables.postgres.ts";
import { orderPaid, shipAssembled } from "./templates.ts";

type Registry = typeof events;
type OrderEvent = EventNameOf<Registry, "order.events.v1">;
type Context = HandlerContext<NotificationTables>;

/** What the handlers work with. */
export interface HandlerNeeds {
  readonly contacts: Pick<Contacts, "recipientsOf">;
  readonly logger: Logger;
  /** Called when there is something to send. */
  readonly onPosted: () => void;
}

/** The status that an order has after each event of it, as the contract says. */
const statusAfter = {
  "gantry.order.v1.OrderCreated": "PENDING_PAYMENT",
  "gantry.order.v1.OrderReserved": "PENDING_PAYMENT",
  "gantry.order.v1.OrderPaymentRequested": "PAYING",
  "gantry.order.v1.OrderPaymentRefused": "PENDING_PAYMENT",
  "gantry.order.v1.OrderPaid": "PAID",
  "gantry.order.v1.OrderCancelled": "CANCELLED",
  "gantry.order.v1.OrderFailed": "FAILED",
  "gantry.order.v1.OrderAssembled": "ASSEMBLED",
} as const satisfies Record<OrderEvent, string>;

/** Every change of an order is logged; people hear that it is paid and that the ship is ready. */
export function createHandlers(needs: HandlerNeeds): EventHandlers<Registry, NotificationTables> {
  const logged = changeLogger(needs.logger);
  const tell = teller(needs);
  return {
    "order.events.v1": {
      "gantry.order.v1.OrderCreated": logged,
      "gantry.order.v1.OrderReserved": logged,
      "gantry.order.v1.OrderPaymentRequested": logged,
      "gantry.order.v1.OrderPaymentRefused": logged,
      "gantry.order.v1.OrderPaid": async (event, context) => {
        await logged(event, context);
        await tell("ORDER_PAID", event, orderPaid(event), context);
      },
      "gantry.order.v1.OrderCancelled": logged,
      "gantry.order.v1.OrderFailed": logged,
      "gantry.order.v1.OrderAssembled": logged,
    },
    "assembly.events.v1": {
      "gantry.assembly.v1.ShipAssembled": async (event, context) => {
        const facts = { order_uuid: event.orderUuid, status: "ASSEMBLED", build_time_sec: event.buildTimeSec };
        context.afterCommit(() => needs.logger.info(facts, "ship assembled"));
        await tell("SHIP_ASSEMBLED", event, shipAssembled(event), context);
      },
    },
  };
}

/** Behind the commit that holds the inbox row: no repeat logs a change again. A crash in between loses the line. */
const changeLogger =
  (logger: Logger): EventHandler<NotificationTables, EventOf<Registry, OrderEvent>> =>
  async (event, { afterCommit }) => {
    const facts = { order_uuid: event.orderUuid, status: statusAfter[event.$typeName], version: event.version };
    afterCommit(() => logger.info(facts, "order status changed"));
  };

interface About {
  readonly orderUuid: string;
  readonly userUuid: string;
}

const teller =
  ({ contacts, logger, onPosted }: HandlerNeeds) =>
  async (kind: Kind, { orderUuid, userUuid }: About, text: Html, { trx, record, afterCommit }: Context) => {
    const recipients = contacts.recipientsOf(userUuid);
    await post(trx, { eventId: record.eventId, kind, orderUuid, text }, recipients);
    afterCommit(() => {
      if (recipients.length > 0) onPosted();
      else logger.info({ kind, order_uuid: orderUuid, text: plain(text) }, "message to nobody");
    });
  };
