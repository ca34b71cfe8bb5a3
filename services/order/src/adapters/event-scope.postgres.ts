import { AppError, type Uuid } from "@gantry/kernel";
import type { HandlerContext } from "@gantry/messaging";
import type { Logger } from "@gantry/telemetry";
import type { Decide, EventScope, Rejection } from "../app/ports.ts";
import type { Order } from "../domain/order.ts";
import type { Waits } from "./order-statements.ts";
import { type OnChanged, PostgresOrderStore } from "./order-store.postgres.ts";
import type { OrderDatabase } from "./order-tables.ts";

export interface EventScopeOptions {
  readonly waits: Waits;
  readonly onChanged: OnChanged;
  readonly logger: Logger;
}

/** The transaction of an event that a consumer handles. What others are told, they are told once it has committed. */
export class PostgresEventScope implements EventScope {
  readonly #context: HandlerContext<OrderDatabase>;
  readonly #store: PostgresOrderStore;
  readonly #logger: Logger;

  constructor(context: HandlerContext<OrderDatabase>, { waits, onChanged, logger }: EventScopeOptions) {
    this.#context = context;
    this.#logger = logger;
    this.#store = new PostgresOrderStore({
      db: context.trx,
      waits,
      onChanged: (decision) => context.afterCommit(() => onChanged(decision)),
    });
  }

  async update(orderUuid: Uuid, decide: Decide): Promise<Order | undefined> {
    return this.#store.update(orderUuid, decide).catch((error) => {
      if (AppError.is(error) && error.reason === "ORDER_NOT_FOUND") return undefined;
      throw error;
    });
  }

  async reject({ orderUuid, order, facts }: Rejection): Promise<void> {
    const { trx, record, afterCommit } = this.#context;
    const { status = null, version = null } = order ?? {};
    const row = { order_uuid: orderUuid, order_status: status, order_version: version };
    await trx
      .insertInto("rejected_event")
      .values({ event_id: record.eventId, type: record.type, ...row, facts: JSON.stringify(facts) })
      .execute();
    afterCommit(() =>
      this.#logger.error(
        { event_id: record.eventId, type: record.type, ...row, ...facts },
        "an event came for an order that cannot take it: it is kept in rejected_event and not applied",
      ),
    );
  }
}
