import type { RawBuilder } from "kysely";

/** Any database or transaction, whatever its tables: all that a statement of ours needs. */
export type Database = Parameters<RawBuilder<unknown>["execute"]>[0];

/** Any open transaction, whatever its tables. */
export type OpenTransaction = Database & { readonly isTransaction: true };
