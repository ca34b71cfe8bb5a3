export { createPostgres, type Postgres, type PostgresOptions } from "./create-postgres.ts";
export { type MigrateOptions, migrate } from "./migrate.ts";
export type { TransactionOptions } from "./transaction.ts";
export { translatePostgresError } from "./translate-postgres-error.ts";
