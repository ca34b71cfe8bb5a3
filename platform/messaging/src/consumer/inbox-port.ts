import type { AppError, EventRecord } from "@gantry/kernel";
import type { OpenTransaction } from "@gantry/postgres";

export interface Inbox {
  admit(trx: OpenTransaction, records: readonly EventRecord[]): Promise<readonly EventRecord[]>;
  park(trx: OpenTransaction, record: EventRecord, error: AppError): Promise<void>;
}
