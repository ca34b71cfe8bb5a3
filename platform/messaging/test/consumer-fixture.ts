import { events } from "@gantry/gen/events/registry";
import type { EventRecord } from "@gantry/kernel";
import { createPostgres, type InboxTables, inboxTables, migrate, type Postgres } from "@gantry/postgres";
import { type LogFields, type Logger, silentLogger } from "@gantry/telemetry";
import { testDatabase } from "@gantry/testing";
import { type ColumnType, sql } from "kysely";
import { onTestFinished } from "vitest";
import {
  type Broker,
  brokerSink,
  type Consumer,
  type ConsumerOptions,
  createConsumer,
  createMemoryBroker,
  type EventHandlers,
  type HandlerContext,
  ignore,
  topicSpecs,
} from "../src/index.ts";
import { ORDERS } from "./events.ts";

export interface Tables extends InboxTables {
  readonly effect: {
    readonly seq: ColumnType<bigint, never, never>;
    readonly order_uuid: string;
    readonly version: number;
    readonly type: string;
  };
}

/** A service's database. */
export async function aDatabase(): Promise<Postgres<Tables>> {
  const { url } = await testDatabase();
  const directory = new URL("migrations/", import.meta.url);
  await migrate({ url, directory, logger: silentLogger, libraries: [inboxTables] });
  const postgres = createPostgres<Tables>({ url, applicationName: "test", logger: silentLogger, maxConnections: 6 });
  onTestFinished(() => postgres.close());
  return postgres;
}

/** A broker with the topics of orders. */
export async function aBroker(): Promise<Broker> {
  const broker = createMemoryBroker();
  await broker.admin.createTopics(topicSpecs(events, [ORDERS]));
  onTestFinished(() => broker.stop());
  return broker;
}

export const publish = (broker: Broker, ...records: readonly EventRecord[]): Promise<void> =>
  brokerSink(broker)(records);

/** Notes what it handled, in the transaction. */
export async function note(
  event: { readonly orderUuid: string; readonly version: number },
  { trx, record }: Pick<HandlerContext<Tables>, "trx" | "record">,
): Promise<void> {
  const row = { order_uuid: event.orderUuid, version: event.version, type: record.type };
  await trx.insertInto("effect").values(row).execute();
}

/** A logger that keeps what it is told as errors. */
export function anErrorLog(): { readonly logger: Logger; readonly errors: readonly string[] } {
  const errors: string[] = [];
  const error = (fields: LogFields, message: string): void => void errors.push(`${message} ${JSON.stringify(fields)}`);
  const logger: Logger = { ...silentLogger, error, child: () => logger };
  return { logger, errors };
}

type Handlers = NonNullable<EventHandlers<typeof events, Tables>[typeof ORDERS]>;

/** Handlers of all events of orders, which note payments and cancellations. */
export const handlers = (change: Partial<Handlers> = {}): EventHandlers<typeof events, Tables> => ({
  [ORDERS]: {
    "gantry.order.v1.OrderCreated": ignore,
    "gantry.order.v1.OrderReserved": ignore,
    "gantry.order.v1.OrderPaymentRequested": ignore,
    "gantry.order.v1.OrderPaymentRefused": ignore,
    "gantry.order.v1.OrderPaid": note,
    "gantry.order.v1.OrderCancelled": note,
    "gantry.order.v1.OrderFailed": ignore,
    "gantry.order.v1.OrderAssembled": ignore,
    ...change,
  },
});

type Options = Partial<ConsumerOptions<typeof events, Tables>> &
  Pick<ConsumerOptions<typeof events, Tables>, "broker" | "postgres">;

/** A consumer that is impatient, started, and stopped after the test. */
export async function aConsumer(options: Options): Promise<Consumer> {
  const consumer = createConsumer<typeof events, Tables>({
    name: "assembly",
    registry: events,
    handlers: handlers(),
    logger: silentLogger,
    ...options,
    settings: { retryForMs: 400, replayIntervalMs: 30, upkeepIntervalMs: 30, ...options.settings },
  });
  onTestFinished(() => consumer.stop());
  await consumer.start();
  return consumer;
}

/** The versions that had an effect on an order, in the order in which they had it. */
export async function effectsOn(postgres: Postgres<Tables>, orderUuid: string): Promise<readonly number[]> {
  const rows = await postgres.db
    .selectFrom("effect")
    .select("version")
    .where("order_uuid", "=", orderUuid)
    .orderBy("seq")
    .execute();
  return rows.map(({ version }) => version);
}

export const countEffects = async (postgres: Postgres<Tables>): Promise<number> => {
  const { rows } = await sql<{ n: number }>`select count(*)::int as n from effect`.execute(postgres.db);
  return rows[0]?.n ?? 0;
};

/** How many messages the group has not committed yet. */
export async function behind(broker: Broker, group = "assembly"): Promise<bigint> {
  const lag = await broker.admin.lag(group, [ORDERS]);
  return lag.reduce((sum, { next, committed }) => sum + next - committed, 0n);
}
