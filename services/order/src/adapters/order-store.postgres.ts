import { AppError, type Uuid } from "@gantry/kernel";
import type { Postgres } from "@gantry/postgres";
import type { KeptAnswer, KeyedRequest, OrderStore } from "../app/ports.ts";
import type { Change, Decision, Order } from "../domain/order.ts";
import { orderNotFound } from "../domain/order-errors.ts";
import { rowsToOrders, selectOrders } from "./order-rows.ts";
import { dueIn, insertOrder, saveChange, saveClaim } from "./order-statements.ts";
import { fromSnapshot, type OrderDatabase } from "./order-tables.ts";

/** How often a change is decided anew when another writer was faster. */
const ATTEMPTS = 5;

export interface OrderStoreOptions {
  readonly postgres: Postgres<OrderDatabase>;
  /** How long a payment may take before the sweeper takes over, in milliseconds. */
  readonly paymentGraceMs: number;
}

/** Orders in PostgreSQL. Each write is one statement, so that nothing is ever half saved and a change costs one round trip. */
export class PostgresOrderStore implements OrderStore {
  readonly #db: Postgres<OrderDatabase>["db"];
  readonly #graceMs: number;

  constructor({ postgres, paymentGraceMs }: OrderStoreOptions) {
    this.#db = postgres.db;
    this.#graceMs = paymentGraceMs;
  }

  async find(orderUuid: Uuid): Promise<Order | undefined> {
    const [order] = await this.#load([orderUuid]);
    return order;
  }

  async insert(decision: Decision, request?: KeyedRequest): Promise<boolean> {
    const { rows } = await insertOrder(decision, request).execute(this.#db).catch(rethrowWaited);
    return rows[0]?.done === true;
  }

  async update(orderUuid: Uuid, decide: (order: Order) => Decision, request?: KeyedRequest): Promise<Order> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const current = await this.find(orderUuid);
      if (current === undefined) throw orderNotFound(orderUuid);
      const decision = decide(current);
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

  async claimUnfinishedPayments(limit: number): Promise<readonly Order[]> {
    const due = this.#db
      .selectFrom("orders")
      .select("order_uuid")
      .where("status", "=", "PAYING")
      .where("payment_due_at", "<=", (eb) => eb.fn<Date>("clock_timestamp"))
      .orderBy("payment_due_at")
      .limit(limit)
      .forUpdate()
      .skipLocked();
    const claim = this.#db
      .updateTable("orders")
      .set({ payment_due_at: dueIn(this.#graceMs) })
      .where("order_uuid", "in", due)
      .returning("order_uuid");
    const rows = await claim.execute();
    return this.#load(rows.map((row) => row.order_uuid));
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
    if (change !== undefined) return this.#saveChange(order, change, request);
    if (request !== undefined) await saveClaim(order, request).execute(this.#db).catch(rethrowWaited);
    return true;
  }

  async #saveChange(order: Order, change: Change, request: KeyedRequest | undefined): Promise<boolean> {
    const { rows } = await saveChange(order, change, this.#graceMs, request).execute(this.#db).catch(rethrowWaited);
    return rows[0]?.done === true;
  }

  async #load(orderUuids: readonly Uuid[]): Promise<readonly Order[]> {
    if (orderUuids.length === 0) return [];
    return rowsToOrders(await selectOrders(this.#db).where("order_uuid", "in", orderUuids).execute());
  }
}

/** The only lock a single statement of ours waits for is that of a key another request holds. */
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
