import { create } from "@bufbuild/protobuf";
import { events } from "@gantry/gen/events/registry";
import { MoneySchema } from "@gantry/gen/proto/gantry/common/v1/money_pb";
import { OrderPaidSchema } from "@gantry/gen/proto/gantry/order/v1/events_pb";
import type { InboxTables, Postgres } from "@gantry/postgres";
import { silentLogger } from "@gantry/telemetry";
import { describe, expectTypeOf, test } from "vitest";
import {
  type Broker,
  createConsumer,
  createEventCodec,
  createPublisher,
  type EventHandlers,
  type EventNameOf,
  ignore,
  topicSpecs,
} from "../src/index.ts";

interface Tables extends InboxTables {
  readonly job: { readonly id: string };
}

interface Bare {
  readonly job: { readonly id: string };
}

declare const broker: Broker;
declare const postgres: Postgres<Tables>;
declare const bare: Postgres<Bare>;
const codec = createEventCodec(events);
const never = (_: () => unknown): void => undefined;

describe("what does not compile", () => {
  test("publishing what is no event, or an event with wrong members", () => {
    const publisher = createPublisher(codec, async () => undefined);
    never(() => publisher.publish(OrderPaidSchema, { version: 1 }));
    // @ts-expect-error Money is a message, but no event
    never(() => publisher.publish(MoneySchema, create(MoneySchema, {})));
    // @ts-expect-error OrderPaid has no such member
    never(() => publisher.publish(OrderPaidSchema, { vresion: 1 }));
    // @ts-expect-error a version is a number
    never(() => codec.record(OrderPaidSchema, { version: "1" }));
  });

  test("a topic that is not in the registry", () => {
    topicSpecs(events, ["order.events.v1"]);
    // @ts-expect-error no such topic
    never(() => topicSpecs(events, ["orders.events.v1"]));
  });

  test("forgetting one of a topic's events", () => {
    const complete: EventHandlers<typeof events, Tables> = {
      "payment.events.v1": { "gantry.payment.v1.PaymentCompleted": ignore, "gantry.payment.v1.PaymentFailed": ignore },
    };
    const forgetful: EventHandlers<typeof events, Tables> = {
      // @ts-expect-error PaymentFailed is missing
      "payment.events.v1": { "gantry.payment.v1.PaymentCompleted": ignore },
    };
    const misspelt: EventHandlers<typeof events, Tables> = {
      "assembly.events.v1": {
        "gantry.assembly.v1.ShipAssembled": ignore,
        // @ts-expect-error no such event
        "gantry.assembly.v1.ShipAssemlbed": ignore,
      },
    };
    const elsewhere: EventHandlers<typeof events, Tables> = {
      "assembly.events.v1": {
        "gantry.assembly.v1.ShipAssembled": ignore,
        // @ts-expect-error an event of another topic
        "gantry.payment.v1.PaymentFailed": ignore,
      },
    };
    const unknown: EventHandlers<typeof events, Tables> = {
      // @ts-expect-error no such topic
      "assembly.events.v2": {},
    };
    never(() => [complete, forgetful, misspelt, elsewhere, unknown]);
  });
});

test("a handler gets its own event, validated, and the service's tables", () => {
  never(() =>
    createConsumer({
      name: "assembly",
      registry: events,
      broker,
      postgres,
      logger: silentLogger,
      handlers: {
        "assembly.events.v1": {
          "gantry.assembly.v1.ShipAssembled": async (event, { trx }) => {
            expectTypeOf(event.$typeName).toEqualTypeOf<"gantry.assembly.v1.ShipAssembled">();
            expectTypeOf(event.occurredAt).not.toBeUndefined();
            await trx.insertInto("job").values({ id: event.orderUuid }).execute();
            // @ts-expect-error the service has no such table
            trx.insertInto("jobs");
            // @ts-expect-error ShipAssembled has no such member
            event.transactionUuid;
          },
        },
      },
    }),
  );
});

test("a service without the tables of the inbox cannot consume", () => {
  const rest = () => ({ name: "bare", registry: events, broker, logger: silentLogger, handlers: {} });
  // @ts-expect-error Bare does not extend InboxTables
  never(() => createConsumer({ ...rest(), postgres: bare }));
});

test("the names of a topic's events follow from the registry", () => {
  expectTypeOf<EventNameOf<typeof events, "payment.events.v1">>().toEqualTypeOf<
    "gantry.payment.v1.PaymentCompleted" | "gantry.payment.v1.PaymentFailed"
  >();
});
