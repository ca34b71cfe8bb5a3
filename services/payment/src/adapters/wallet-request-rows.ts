import { AppError, money, type Uuid } from "@gantry/kernel";
import { activeTraceHeaders } from "@gantry/telemetry";
import { type Kysely, type Selectable, sql, type Transaction } from "kysely";
import type { Account } from "../domain/account.ts";
import type { Settlement, WalletRequest } from "../domain/wallet-request.ts";
import { accountColumns, toAccount } from "./ledger.ts";
import type { SettledFacts } from "./payment-events.ts";
import type { PaymentTables } from "./payment-tables.ts";

/** A request that is to be looked at, read under the lock of its account. */
export interface Waiting {
  readonly seq: bigint;
  readonly request: WalletRequest;
  readonly due: boolean;
  readonly attempts: number;
  /** Exactly as it stands in the row, to the microsecond. */
  readonly attendAt: string;
  readonly trace: Readonly<Record<string, string>>;
}

/**
 * Keeps a request, once. It waits for at most `waitMs`, counted from now on the database's clock; the trace of the event goes
 * on in its answer.
 */
export async function acceptRequest(
  trx: Transaction<PaymentTables>,
  { orderUuid, orderVersion, userUuid, amount }: WalletRequest,
  waitMs: number,
): Promise<void> {
  await trx
    .insertInto("wallet_request")
    .values({
      order_uuid: orderUuid,
      order_version: orderVersion,
      user_uuid: userUuid,
      amount_minor: amount.minor,
      currency: amount.currency,
      due_at: inMs(waitMs),
      trace: activeTraceHeaders(),
    })
    .onConflict((conflict) => conflict.columns(["order_uuid", "order_version"]).doNothing())
    .execute();
}

/** So many requests are looked through for an account that is free: a claim costs the same however many wait. */
const CANDIDATES = 200;

/** Locks the account that waits longest and is not locked: workers share the accounts and never wait for each other. */
export async function lockNextAccount(trx: Transaction<PaymentTables>): Promise<Account | undefined> {
  const row = await trx
    .with("oldest", (query) =>
      query
        .selectFrom("wallet_request")
        .select(["user_uuid", "attend_at"])
        .where(isToAttend)
        .orderBy("attend_at")
        .limit(CANDIDATES),
    )
    .with("candidate", (query) =>
      query
        .selectFrom("oldest")
        .select((eb) => ["user_uuid", eb.fn.min("attend_at").as("since")])
        .groupBy("user_uuid"),
    )
    .selectFrom("candidate")
    .innerJoin("account", "account.user_uuid", "candidate.user_uuid")
    .select(accountColumns.map((column) => `account.${column}` as const))
    .orderBy("candidate.since")
    .limit(1)
    .forNoKeyUpdate("account")
    .skipLocked()
    .executeTakeFirst();
  return row && toAccount(row);
}

/** Read in a statement of its own: only that sees what the last holder of the lock has committed. */
export async function firstToAttend(trx: Transaction<PaymentTables>, userUuid: Uuid): Promise<Waiting | undefined> {
  const row = await trx
    .selectFrom("wallet_request")
    .selectAll()
    .select([
      sql<boolean>`due_at <= statement_timestamp()`.as("due"),
      sql<string>`attend_at::text`.as("attend_at_exactly"),
    ])
    .where("user_uuid", "=", userUuid)
    .where(isToAttend)
    .orderBy("seq")
    .limit(1)
    .executeTakeFirst();
  return row && toWaiting(row);
}

/** The server's time at the beginning of the statement, unlike clock_timestamp(), lets the index be used. */
const isToAttend = sql<boolean>`state = 'WAITING' and attend_at <= statement_timestamp()`;

/** Lets it wait until it is due, unless something has happened for it since it was read. */
export async function waitUntilDue(trx: Transaction<PaymentTables>, { seq, attendAt }: Waiting): Promise<void> {
  await trx
    .updateTable("wallet_request")
    .set({ attend_at: (eb) => eb.ref("due_at"), attempts: 0 })
    .where("seq", "=", seq)
    .where("attend_at", "=", sql<Date>`${attendAt}::timestamptz`)
    .execute();
}

const FIRST_DELAY_MS = 200;
const MAX_DOUBLINGS = 8;

/** Puts a request aside for a while that could not be looked at, so that it does not keep the others waiting. */
export async function postpone(db: Kysely<PaymentTables>, { seq, attempts }: Waiting): Promise<void> {
  const delayMs = FIRST_DELAY_MS * 2 ** Math.min(attempts, MAX_DOUBLINGS);
  await db
    .updateTable("wallet_request")
    .set({
      attend_at: inMs(delayMs),
      attempts: (eb) => eb("attempts", "+", 1),
    })
    .where("seq", "=", seq)
    .where("state", "=", "WAITING")
    .execute();
}

/** Ends a request and counts the event that will tell it. */
export async function endRequest(
  trx: Transaction<PaymentTables>,
  { seq, request }: Waiting,
  settlement: Settlement,
): Promise<SettledFacts> {
  const transactionUuid = settlement.state === "COMPLETED" ? settlement.payment.transactionUuid : null;
  const reason = settlement.state === "FAILED" ? settlement.reason : null;
  const { rows } = await sql<SettledFacts>`
    with ended as (
      update wallet_request
      set state = ${settlement.state}, settled_at = clock_timestamp(),
        transaction_uuid = ${transactionUuid}, failure_reason = ${reason}
      where seq = ${seq} and state = 'WAITING'
      returning order_uuid, settled_at
    ), counted as (
      insert into payment_event_counter as counter (order_uuid, last_version)
      select order_uuid, 1 from ended
      on conflict (order_uuid) do update set last_version = counter.last_version + 1
      returning last_version
    )
    select last_version as version, settled_at as "settledAt" from ended, counted`.execute(trx);
  const [facts] = rows;
  if (facts === undefined) throw endedBefore(request);
  return facts;
}

const inMs = (ms: number) => sql<Date>`clock_timestamp() + ${ms}::int * interval '1 millisecond'`;

function toWaiting(
  row: Selectable<PaymentTables["wallet_request"]> & { readonly due: boolean; readonly attend_at_exactly: string },
): Waiting {
  const { seq, due, attempts, trace } = row;
  const request: WalletRequest = {
    orderUuid: row.order_uuid,
    orderVersion: row.order_version,
    userUuid: row.user_uuid,
    amount: money(row.amount_minor, row.currency),
  };
  return { seq, request, due, attempts, trace, attendAt: row.attend_at_exactly };
}

/** Whoever ends a request holds the lock of its account, so nobody else can have. If so all the same, nothing is written. */
const endedBefore = ({ orderUuid, orderVersion }: WalletRequest): AppError =>
  new AppError({
    kind: "conflict",
    reason: "WALLET_REQUEST_ENDED",
    message: "Somebody else has ended this request.",
    meta: { orderUuid, orderVersion },
  });
