import { AppError, type Uuid } from "@gantry/kernel";
import { type Kysely, sql } from "kysely";
import type { Decide, KeptAnswer, KeyedRequest, OrderStore } from "../app/ports.ts";
import type { Change } from "../domain/change.ts";
import type { Decision, Draft, Order } from "../domain/order.ts";
import { orderNotFound } from "../domain/order-errors.ts";
import { rowsToOrders, selectOrders, selectOrdersNow } from "./order-rows.ts";
import { dueIn, insertOrder, saveChange, saveClaim, type Waits } from "./order-statements.ts";
import { fromSnapshot, type OrderDatabase } from "./order-tables.ts";

/** How often a change is decided anew when another writer was faster. */
const ATTEMPTS = 5;

/** Told of what was changed, once for each decision that changed something. */
export type OnChanged = (decision: Decision<Draft>) => void;

export interface OrderStoreOptions {
  /** The database, or the transaction in which the changes are to happen. */
  readonly db: Kysely<OrderDatabase>;
  readonly waits: Waits;
  readonly onChanged: OnChanged;
}

/**
 * Orders in PostgreSQL. Each write is one statement, its events included, so that nothing is ever half saved and a change
 * costs one round trip.
 */
export class PostgresOrderStore implements OrderStore {
  readonly #db: Kysely<OrderDatabase>;
  readonly #waits: Waits;
  readonly #onChanged: OnChanged;

  constructor({ db, waits, onChanged }: OrderStoreOptions) {
    this.#db = db;
    this.#waits = waits;
    this.#onChanged = onChanged;
  }

  async find(orderUuid: Uuid): Promise<Order | undefined> {
    const [order] = rowsToOrders(await selectOrders(this.#db).where("order_uuid", "=", orderUuid).execute());
    return order;
  }

  async insert(decision: Decision<Draft>, request?: KeyedRequest): Promise<Order | undefined> {
    const { rows } = await insertOrder(decision, this.#waits, request).execute(this.#db).catch(rethrowWaited);
    const [stored] = rows;
    if (stored === undefined) return undefined;
    this.#onChanged(decision);
    return { ...decision.order, expiresAt: stored.expires_at };
  }

  async update(orderUuid: Uuid, decide: Decide, request?: KeyedRequest): Promise<Order> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const rows = await selectOrdersNow(this.#db).where("order_uuid", "=", orderUuid).execute();
      const [current] = rowsToOrders(rows);
      const [row] = rows;
      if (current === undefined || row === undefined) throw orderNotFound(orderUuid);
      const decision = decide(current, row.now);
      if (await this.#save(decision, request)) return decision.order;
    }
    throw lostRace(orderUuid);
  }

  async findAnswer(request: KeyedRequest): Promise<KeptAnswer | undefined> {
    const query = this.#db
      .selectFrom("idempotency")
      .select(["fingerprint", "order_uuid", "answer"])
      .where("user_uuid", "=", request.userUuid)
      .where("operation", "=", request.operation)
      .where("key", "=", request.key)
      .where("expires_at", ">", (eb) => eb.fn<Date>("clock_timestamp"));
    const row = await query.executeTakeFirst();
    if (row === undefined) return undefined;
    const { fingerprint, order_uuid: orderUuid, answer } = row;
    return { fingerprint, orderUuid, ...(answer !== null && { order: fromSnapshot(answer) }) };
  }

  async claimUnfinished(limit: number): Promise<{ readonly orders: readonly Order[]; readonly now: Date }> {
    const due = this.#db
      .selectFrom("orders")
      .select("order_uuid")
      .where("sweep_at", "<=", (eb) => eb.fn<Date>("clock_timestamp"))
      .orderBy("sweep_at")
      .limit(limit)
      .forUpdate()
      .skipLocked();
    const claim = this.#db
      .updateTable("orders")
      .set({ sweep_at: dueIn(this.#waits.paymentGraceMs) })
      .where("order_uuid", "in", due)
      .returning("order_uuid");
    const claimed = (await claim.execute()).map((row) => row.order_uuid);
    if (claimed.length === 0) return { orders: [], now: new Date() };
    const rows = await selectOrdersNow(this.#db).where("order_uuid", "in", claimed).orderBy("expires_at").execute();
    return { orders: rowsToOrders(rows), now: rows[0]?.now ?? new Date() };
  }

  async nextUnfinishedInMs(): Promise<number | undefined> {
    const next = await this.#db
      .selectFrom("orders")
      .select(sql<number>`extract(epoch FROM min(sweep_at) - clock_timestamp())::float8 * 1000`.as("in_ms"))
      .where("sweep_at", "is not", null)
      .executeTakeFirst();
    return next?.in_ms ?? undefined;
  }

  async forgetExpiredKeys(limit: number): Promise<number> {
    const expired = this.#db
      .selectFrom("idempotency")
      .select(["user_uuid", "operation", "key"])
      .where("expires_at", "<=", (eb) => eb.fn<Date>("clock_timestamp"))
      .limit(limit)
      .forUpdate()
      .skipLocked();
    const result = await this.#db
      .deleteFrom("idempotency")
      .where(({ eb, refTuple }) =>
        eb(refTuple("user_uuid", "operation", "key"), "in", expired.$asTuple("user_uuid", "operation", "key")),
      )
      .executeTakeFirst();
    return Number(result.numDeletedRows);
  }

  async #save({ order, changes }: Decision, request: KeyedRequest | undefined): Promise<boolean> {
    const [change, ...more] = changes;
    if (more.length > 0) throw new TypeError("an update makes one change at a time");
    if (change !== undefined) return this.#saveChange({ order, changes: [change] }, request);
    if (request !== undefined) await saveClaim(order, request).execute(this.#db).catch(rethrowWaited);
    return true;
  }

  async #saveChange(
    decision: Decision & { readonly changes: readonly [Change] },
    request: KeyedRequest | undefined,
  ): Promise<boolean> {
    const { rows } = await saveChange(decision, this.#waits, request).execute(this.#db).catch(rethrowWaited);
    if (rows[0]?.done !== true) return false;
    this.#onChanged(decision);
    return true;
  }
}

/** The limit is set for requests with a key only, and another request with the same key is what they may wait for. */
function rethrowWaited(error: unknown): never {
  throw AppError.is(error) && error.reason === "LOCK_TIMEOUT" ? keyInUse(error) : error;
}

const keyInUse = (cause: unknown): AppError =>
  new AppError({
    kind: "conflict",
    reason: "IDEMPOTENCY_KEY_IN_USE",
    message: "A request with this Idempotency-Key is being worked on. Try again in a second.",
    retryAfterSec: 1,
    cause,
  });

const lostRace = (orderUuid: Uuid): AppError =>
  new AppError({
    kind: "conflict",
    reason: "ORDER_CHANGED",
    message: `Order ${orderUuid} is being changed by others at this moment. Try again.`,
    retryAfterSec: 1,
  });
