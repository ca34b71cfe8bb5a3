import type { AccountRow, EntryRow, LedgerEvent, PaymentRow, Snapshot } from "../snapshot.ts";
import { type Read, whole } from "./database.postgres.ts";

type PaymentPart = Pick<Snapshot, "payments" | "accounts" | "entries">;

export async function readPayments(read: Read): Promise<PaymentPart> {
  return {
    payments: await read<PaymentRow>(
      `SELECT order_uuid AS "orderUuid", decision, transaction_uuid AS "transactionUuid", user_uuid AS "userUuid",
         payment_method AS "paymentMethod", ${whole("amount_minor")} AS "amountMinor" FROM payment`,
    ),
    accounts: await read<AccountRow>(
      `SELECT user_uuid AS "userUuid", ${whole("balance_minor")} AS "balanceMinor" FROM account`,
    ),
    entries: await read<EntryRow>(
      `SELECT entry_uuid AS "entryUuid", user_uuid AS "userUuid", version, ${whole("balance_minor")} AS "balanceMinor",
         ${whole("CASE kind WHEN 'PAYMENT' THEN -amount_minor ELSE amount_minor END")} AS "deltaMinor",
         order_uuid AS "orderUuid", idempotency_key AS key FROM ledger_entry`,
    ),
  };
}

/** Each request for money that has ended has one event; those of an order end one after another. */
export const paymentEvents = (read: Read): Promise<readonly LedgerEvent[]> =>
  read<LedgerEvent>(
    `SELECT 'payment.events.v1' AS topic, order_uuid AS key,
       (row_number() OVER (PARTITION BY order_uuid ORDER BY settled_at, seq))::int AS version,
       'gantry.payment.v1.' || CASE state WHEN 'COMPLETED' THEN 'PaymentCompleted' ELSE 'PaymentFailed' END AS type
     FROM wallet_request WHERE state <> 'WAITING'`,
  );
