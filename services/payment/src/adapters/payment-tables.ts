import type { Uuid } from "@gantry/kernel";
import type { InboxTables, OutboxTables } from "@gantry/postgres";
import type { Generated } from "kysely";
import type { Entry } from "../domain/account.ts";
import type { PaymentMethod } from "../domain/decision.ts";
import type { FailureReason } from "../domain/wallet-request.ts";

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

/** migrations/0002_create_wallet.sql, as the rest */
interface AccountTable {
  user_uuid: Uuid;
  currency: string | null;
  balance_minor: Generated<bigint>;
  version: Generated<number>;
}

interface LedgerEntryTable {
  user_uuid: Uuid;
  version: number;
  entry_uuid: Uuid;
  kind: Entry["kind"];
  currency: string;
  amount_minor: bigint;
  previous_balance_minor: bigint;
  balance_minor: bigint;
  order_uuid: Uuid | null;
  idempotency_key: string | null;
  created_at: Generated<Date>;
}

interface WalletRequestTable {
  seq: Generated<bigint>;
  order_uuid: Uuid;
  order_version: number;
  user_uuid: Uuid;
  amount_minor: bigint;
  currency: string;
  state: Generated<"WAITING" | "COMPLETED" | "FAILED">;
  transaction_uuid: Uuid | null;
  failure_reason: FailureReason | null;
  received_at: Generated<Date>;
  due_at: Date;
  attend_at: Generated<Date>;
  attempts: Generated<number>;
  settled_at: Date | null;
  trace: Generated<Readonly<Record<string, string>>>;
}

interface PaymentEventCounterTable {
  order_uuid: Uuid;
  last_version: number;
}

export interface PaymentTables extends OutboxTables, InboxTables {
  payment: PaymentTable;
  account: AccountTable;
  ledger_entry: LedgerEntryTable;
  wallet_request: WalletRequestTable;
  payment_event_counter: PaymentEventCounterTable;
}
