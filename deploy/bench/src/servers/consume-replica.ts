import { events } from "@gantry/gen/events/registry";
import { createConsumer, ignore } from "@gantry/messaging";
import { createPostgres, type InboxTables } from "@gantry/postgres";
import { silentLogger as logger } from "@gantry/telemetry";
import { sql } from "kysely";
import { inherited, postgresUrl } from "../config.ts";
import { brokerOf, TOPIC } from "../events/carrier.ts";

/**
 * One member of a group. `watch` tells of each message on stdout, `raw` counts only; `inbox` is the durable consumer with
 * nothing to do, `effect` the same with one row written for each event.
 */
const [mode = "raw", group = "bench"] = process.argv.slice(2);
const broker = brokerOf(inherited, `consume-${process.pid}`);
const say = (text: string): void => void process.stdout.write(`${text}\n`);
await broker.start();
say("0");

if (mode === "raw" || mode === "watch") {
  const consumption = await broker.consume({
    group,
    topics: [TOPIC],
    onBatch: async ({ partition, messages }) => {
      say(mode === "raw" ? `${messages.length}` : messages.map(({ key }) => `${partition} ${key}`).join("\n"));
    },
  });
  process.on("SIGTERM", () => consumption.stop());
} else {
  const postgres = createPostgres<InboxTables>({ url: postgresUrl(), applicationName: group, logger });
  const paid = mode === "inbox" ? ignore : writesOneRow;
  const consumer = createConsumer({
    name: group,
    registry: events,
    broker,
    postgres,
    logger,
    handlers: {
      [TOPIC]: {
        "gantry.order.v1.OrderCreated": ignore,
        "gantry.order.v1.OrderReserved": ignore,
        "gantry.order.v1.OrderPaymentRequested": ignore,
        "gantry.order.v1.OrderPaymentRefused": ignore,
        "gantry.order.v1.OrderPaid": paid,
        "gantry.order.v1.OrderCancelled": ignore,
        "gantry.order.v1.OrderFailed": ignore,
        "gantry.order.v1.OrderAssembled": ignore,
      },
    },
  });
  await consumer.start();
  process.on("SIGTERM", async () => {
    await consumer.stop();
    await postgres.close();
  });
}
process.on("SIGTERM", async () => {
  await broker.stop();
  process.exit(0);
});

async function writesOneRow(
  { orderUuid }: { readonly orderUuid: string },
  { trx }: { readonly trx: Parameters<ReturnType<typeof sql>["execute"]>[0] },
): Promise<void> {
  await sql`insert into effect (order_uuid) values (${orderUuid})`.execute(trx);
}
