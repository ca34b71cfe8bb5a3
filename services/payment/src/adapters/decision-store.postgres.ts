import type { Failpoints } from "@gantry/failpoints";
import { AppError, money, type Uuid } from "@gantry/kernel";
import type { Postgres } from "@gantry/postgres";
import type { Generated, Insertable, Kysely, Selectable } from "kysely";
import type { Arbitration, DecisionStore } from "../app/ports.ts";
import type { Decision, PaymentMethod, Standing } from "../domain/decision.ts";

/** migrations/0001_create_payment.sql */
interface PaymentTable {
  order_uuid: Uuid;
  decision: "PAY" | "VOID";
  transaction_uuid: Uuid | null;
  user_uuid: Uuid | null;
  payment_method: PaymentMethod | null;
  amount_minor: bigint | null;
  currency: string | null;
  decided_at: Generated<Date>;
}

export interface PaymentTables {
  payment: PaymentTable;
}

/** The arbiter row: the primary key on the order lets one decision in, and a trigger keeps it. */
export class PostgresDecisionStore implements DecisionStore {
  readonly #postgres: Postgres<PaymentTables>;
  readonly #failpoints: Failpoints;

  constructor(postgres: Postgres<PaymentTables>, failpoints: Failpoints) {
    this.#postgres = postgres;
    this.#failpoints = failpoints;
  }

  async decide(wanted: Decision): Promise<Arbitration> {
    const arbitration = await this.#postgres.transaction(async (trx) => {
      const made = await insert(trx, wanted);
      await this.#failpoints.hit("payment.tx.before_commit");
      if (made !== undefined) return { standing: made, made: true };
      return { standing: await standingFor(trx, wanted.orderUuid), made: false };
    });
    await this.#failpoints.hit("payment.tx.after_commit");
    return arbitration;
  }

  async find(orderUuid: Uuid): Promise<Standing | undefined> {
    return find(this.#postgres.db, orderUuid);
  }
}

/** A conflict waits for the transaction that holds the key, so that whoever gets no row back sees the other's right after. */
async function insert(db: Kysely<PaymentTables>, wanted: Decision): Promise<Standing | undefined> {
  const row = await db
    .insertInto("payment")
    .values(toRow(wanted))
    .onConflict((conflict) => conflict.column("order_uuid").doNothing())
    .returningAll()
    .executeTakeFirst();
  return row && fromRow(row);
}

async function find(db: Kysely<PaymentTables>, orderUuid: Uuid): Promise<Standing | undefined> {
  const row = await db.selectFrom("payment").selectAll().where("order_uuid", "=", orderUuid).executeTakeFirst();
  return row && fromRow(row);
}

async function standingFor(db: Kysely<PaymentTables>, orderUuid: Uuid): Promise<Standing> {
  const standing = await find(db, orderUuid);
  if (standing === undefined) throw corrupt(orderUuid, "has no decision, although one was in the way");
  return standing;
}

function toRow(decision: Decision): Insertable<PaymentTable> {
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

function fromRow(row: Selectable<PaymentTable>): Standing {
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
