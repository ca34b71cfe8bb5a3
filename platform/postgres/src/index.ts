export { createPostgres, type Postgres, type PostgresOptions } from "./create-postgres.ts";
export type { Database, OpenTransaction } from "./executor.ts";
export type { InboxTables } from "./inbox/inbox-tables.ts";
export { type MigrateOptions, migrate } from "./migrate.ts";
export { inboxTables, type MigrationLibrary, outboxTables } from "./migration-library.ts";
export { insertOutbox, writeOutbox } from "./outbox/insert-outbox.ts";
export type { OutboxTables } from "./outbox/outbox-tables.ts";
export type { TransactionOptions } from "./transaction.ts";
export { translatePostgresError } from "./translate-postgres-error.ts";
