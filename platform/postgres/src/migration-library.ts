import { findPackageJSON } from "node:module";
import { pathToFileURL } from "node:url";

/** Tables that a platform package brings along. They have a history of their own, apart from the service's. */
export interface MigrationLibrary {
  /** Lower-case snake, at most 40 characters. Its history is the table `gantry_migration_<name>`. */
  readonly name: string;
  /** A folder of `NNNN_name.sql` files, numbered from 0001 without a gap. The URL ends with a slash. */
  readonly directory: URL;
}

/** The tables of the outbox: give them to `migrate`. */
export const outboxTables: MigrationLibrary = ownLibrary("outbox");

/** The tables of the inbox: give them to `migrate`. */
export const inboxTables: MigrationLibrary = ownLibrary("inbox");

/** By package.json and not by a path from here: this file runs from src and from dist, which lie at different depths. */
function ownLibrary(name: string): MigrationLibrary {
  const manifest = findPackageJSON("..", import.meta.url);
  if (manifest === undefined) throw new Error("@gantry/postgres runs without its package.json and migrations folder");
  return { name, directory: new URL(`migrations/${name}/`, pathToFileURL(manifest)) };
}
