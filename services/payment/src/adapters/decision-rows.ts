import { AppError, money, type Uuid } from "@gantry/kernel";
import type { Insertable, Kysely, Selectable } from "kysely";
import type { Decision, Standing } from "../domain/decision.ts";
import type { PaymentTables } from "./payment-tables.ts";

type Row = Selectable<PaymentTables["payment"]>;

/**
 * Makes a decision, unless there is one, and has the wallet requests of the order looked at. A conflict waits for the
 * transaction that holds the key, so that whoever gets no row back sees the other's right after.
 */
export async function insertDecision<D extends Decision>(
  db: Kysely<PaymentTables>,
  wanted: D,
): Promise<Standing<D> | undefined> {
  const row = await db
    .with("made", (query) =>
      query
        .insertInto("payment")
        .values(toRow(wanted))
        .onConflict((conflict) => conflict.column("order_uuid").doNothing())
        .returningAll(),
    )
    .with("nudged", (query) =>
      query
        .updateTable("wallet_request")
        .set({ attend_at: (eb) => eb.fn<Date>("clock_timestamp") })
        .where("state", "=", "WAITING")
        .where("order_uuid", "in", (eb) => eb.selectFrom("made").select("made.order_uuid")),
    )
    .selectFrom("made")
    .select("decided_at")
    .executeTakeFirst();
  return row && { ...wanted, decidedAt: row.decided_at };
}

export async function findDecision(db: Kysely<PaymentTables>, orderUuid: Uuid): Promise<Standing | undefined> {
  const row = await db.selectFrom("payment").selectAll().where("order_uuid", "=", orderUuid).executeTakeFirst();
  return row && fromRow(row);
}

/** What stands about an order of which {@link insertDecision} has said that something does. */
export async function standingDecision(db: Kysely<PaymentTables>, orderUuid: Uuid): Promise<Standing> {
  const standing = await findDecision(db, orderUuid);
  if (standing === undefined) throw corrupt(orderUuid, "has no decision, although one was in the way");
  return standing;
}

function toRow(decision: Decision): Insertable<PaymentTables["payment"]> {
  if (decision.decision === "VOID") return { order_uuid: decision.orderUuid, decision: "VOID" };
  return {
    order_uuid: decision.orderUuid,
    decision: "PAY",
    transaction_uuid: decision.transactionUuid,
    user_uuid: decision.userUuid,
    payment_method: decision.method,
    amount_minor: decision.amount.minor,
    currency: decision.amount.currency,
  };
}

function fromRow(row: Row): Standing {
  const { order_uuid: orderUuid, decided_at: decidedAt } = row;
  if (row.decision === "VOID") return { decision: "VOID", orderUuid, decidedAt };
  const { transaction_uuid, user_uuid, payment_method, amount_minor, currency } = row;
  if (!transaction_uuid || !user_uuid || !payment_method || amount_minor === null || !currency)
    throw corrupt(orderUuid, "is paid without saying how");
  return {
    decision: "PAY",
    orderUuid,
    transactionUuid: transaction_uuid,
    userUuid: user_uuid,
    method: payment_method,
    amount: money(amount_minor, currency),
    decidedAt,
  };
}

/** The constraints of the table rule it out; the compiler does not know them. */
const corrupt = (orderUuid: Uuid, what: string): AppError =>
  new AppError({
    kind: "internal",
    reason: "PAYMENT_ROW_CORRUPT",
    message: "Something went wrong on our side.",
    meta: { orderUuid, what },
  });
