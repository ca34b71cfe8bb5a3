import { AppError } from "@gantry/kernel";
import type { Migration } from "./migration-files.ts";

/** One row of `gantry_migration`. */
export interface AppliedMigration {
  readonly number: number;
  readonly name: string;
  readonly checksum: string;
}

/**
 * Compares what a database went through with the files of this version.
 * @returns the migration to apply next, undefined when the database is up to date
 * @throws AppError `failed_precondition` when the two do not belong together
 */
export function nextMigration(
  applied: readonly AppliedMigration[],
  migrations: readonly Migration[],
): Migration | undefined {
  for (const [index, row] of applied.entries()) {
    const migration = migrations[index];
    if (migration === undefined) throw unknownToThisVersion(row, migrations.length);
    if (row.name !== migration.name) throw missing(row, migration);
    if (row.checksum !== migration.checksum) throw edited(row);
  }
  return migrations[applied.length];
}

const refuse = (reason: string, message: string): AppError =>
  new AppError({ kind: "failed_precondition", reason, message });

const unknownToThisVersion = ({ name }: AppliedMigration, known: number): AppError =>
  refuse(
    "MIGRATION_UNKNOWN",
    `The database has ${name}, and this version knows ${known} migrations only: it is older than its database, or a file was removed. Run the version that brought ${name}.`,
  );

const missing = (row: AppliedMigration, migration: Migration): AppError =>
  refuse(
    "MIGRATION_MISSING",
    `The database has ${row.name} where this version has ${migration.name}. Applied migrations keep their names and places: put ${row.name}.sql back.`,
  );

const edited = ({ name }: AppliedMigration): AppError =>
  refuse(
    "MIGRATION_EDITED",
    `${name}.sql is not what the database went through: it was edited after it was applied. Restore it and write the change as a new migration.`,
  );
