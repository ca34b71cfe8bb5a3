import { equalMoney, type Uuid } from "@gantry/kernel";
import type { Postgres } from "@gantry/postgres";
import type { Transaction } from "kysely";
import type { EntryRange, TopUpOrder, WalletStore } from "../app/ports.ts";
import { type Account, type Entry, emptyAccount, type NewEntry } from "../domain/account.ts";
import { keyReused } from "../domain/wallet-errors.ts";
import { accountColumns, appendEntry, lockAccount, toAccount, toEntry } from "./ledger.ts";
import type { PaymentTables } from "./payment-tables.ts";

/** Accounts and their ledger in PostgreSQL. Whoever moves money holds the lock of the account's row. */
export class PostgresWalletStore implements WalletStore {
  readonly #postgres: Postgres<PaymentTables>;

  constructor(postgres: Postgres<PaymentTables>) {
    this.#postgres = postgres;
  }

  async account(userUuid: Uuid): Promise<Account> {
    const query = this.#postgres.db.selectFrom("account").select(accountColumns).where("user_uuid", "=", userUuid);
    const row = await query.executeTakeFirst();
    return row === undefined ? emptyAccount(userUuid) : toAccount(row);
  }

  async entries(userUuid: Uuid, { before, limit }: EntryRange): Promise<readonly Entry[]> {
    let query = this.#postgres.db
      .selectFrom("ledger_entry")
      .selectAll()
      .where("user_uuid", "=", userUuid)
      .orderBy("version", "desc")
      .limit(limit);
    if (before !== undefined) query = query.where("version", "<", before);
    return (await query.execute()).map(toEntry);
  }

  async topUp(order: TopUpOrder, decide: (account: Account) => NewEntry): Promise<Entry> {
    return this.#postgres.transaction(async (trx) => {
      const account = await lockAccount(trx, order.userUuid);
      const made = await findTopUp(trx, order);
      if (made !== undefined) return made;
      const entry = await appendEntry(trx, decide(account), order.idempotencyKey);
      await nudgeRequests(trx, order.userUuid);
      return entry;
    });
  }
}

/** Read after the lock, in a statement of its own: only that sees what the one before us has committed. */
async function findTopUp(trx: Transaction<PaymentTables>, order: TopUpOrder): Promise<Entry | undefined> {
  const row = await trx
    .selectFrom("ledger_entry")
    .selectAll()
    .where("user_uuid", "=", order.userUuid)
    .where("idempotency_key", "=", order.idempotencyKey)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  const entry = toEntry(row);
  if (!equalMoney(entry.amount, order.amount)) throw keyReused();
  return entry;
}

/** Has everything that waits for this person's money looked at again. Committed with the money, so a crash cannot lose it. */
async function nudgeRequests(trx: Transaction<PaymentTables>, userUuid: Uuid): Promise<void> {
  await trx
    .updateTable("wallet_request")
    .set({ attend_at: (eb) => eb.fn<Date>("clock_timestamp") })
    .where("user_uuid", "=", userUuid)
    .where("state", "=", "WAITING")
    .execute();
}
