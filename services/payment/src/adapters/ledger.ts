import { AppError, money, type Uuid } from "@gantry/kernel";
import { type Selectable, sql, type Transaction } from "kysely";
import { type Account, type Entry, emptyAccount, type NewEntry } from "../domain/account.ts";
import type { PaymentTables } from "./payment-tables.ts";

type AccountRow = Pick<Selectable<PaymentTables["account"]>, "user_uuid" | "currency" | "balance_minor" | "version">;
type EntryRow = Selectable<PaymentTables["ledger_entry"]>;

/** Opens the account if it is not there, and locks it: what is read and written from here on, nobody else can change. */
export async function lockAccount(trx: Transaction<PaymentTables>, userUuid: Uuid): Promise<Account> {
  await trx
    .insertInto("account")
    .values({ user_uuid: userUuid })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  const row = await trx
    .selectFrom("account")
    .select(accountColumns)
    .where("user_uuid", "=", userUuid)
    .forNoKeyUpdate()
    .executeTakeFirstOrThrow();
  return toAccount(row);
}

/**
 * Writes an entry and the account that it leaves. The account must be locked; should it have moved on all the same, nothing
 * is written.
 */
export async function appendEntry(
  trx: Transaction<PaymentTables>,
  entry: NewEntry,
  idempotencyKey: string | null = null,
): Promise<Entry> {
  const { userUuid, version, entryUuid, kind, amount, balance, orderUuid = null } = entry;
  const previous = kind === "TOP_UP" ? balance.minor - amount.minor : balance.minor + amount.minor;
  const { rows } = await sql<Pick<EntryRow, "created_at">>`
    with moved as (
      update account set currency = ${balance.currency}, balance_minor = ${balance.minor}, version = ${version}
      where user_uuid = ${userUuid} and version = ${version}::int - 1
      returning user_uuid, version, currency, balance_minor
    )
    insert into ledger_entry (user_uuid, version, currency, balance_minor, entry_uuid, kind, amount_minor,
      previous_balance_minor, order_uuid, idempotency_key)
    select user_uuid, version, currency, balance_minor, ${entryUuid}::uuid, ${kind}, ${amount.minor}::bigint,
      ${previous}::bigint, ${orderUuid}::uuid, ${idempotencyKey}
    from moved
    returning created_at`.execute(trx);
  const [row] = rows;
  if (row === undefined) throw accountMoved(userUuid);
  return { ...entry, createdAt: row.created_at };
}

export const accountColumns = ["user_uuid", "currency", "balance_minor", "version"] as const;

export function toAccount({ user_uuid, currency, balance_minor, version }: AccountRow): Account {
  if (currency === null) return emptyAccount(user_uuid);
  return { userUuid: user_uuid, balance: money(balance_minor, currency), version };
}

export function toEntry(row: EntryRow): Entry {
  return {
    userUuid: row.user_uuid,
    entryUuid: row.entry_uuid,
    kind: row.kind,
    amount: money(row.amount_minor, row.currency),
    balance: money(row.balance_minor, row.currency),
    version: row.version,
    orderUuid: row.order_uuid ?? undefined,
    createdAt: row.created_at,
  };
}

const accountMoved = (userUuid: Uuid): AppError =>
  new AppError({
    kind: "conflict",
    reason: "CONCURRENT_UPDATE",
    message: "Somebody else moved money of this account at the same time. Try again.",
    meta: { userUuid },
  });
