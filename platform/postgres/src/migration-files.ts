import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { AppError } from "@gantry/kernel";

/** One migration file. */
export interface Migration {
  readonly number: number;
  /** File name without its ending, for example `0001_create_orders`. */
  readonly name: string;
  readonly sql: string;
  /** SHA-256 of the text in hexadecimal; line ends of another system do not change it. */
  readonly checksum: string;
}

const pattern = /^(?<number>\d{4})_[a-z0-9_]+\.sql$/;

/** Reads a folder of `NNNN_name.sql` files, which must be numbered 0001, 0002, … without a gap. */
export async function readMigrations(directory: URL): Promise<readonly Migration[]> {
  const names = (await readdir(directory)).filter((name) => name.endsWith(".sql")).sort();
  return Promise.all(names.map((name, index) => readMigration(directory, name, index + 1)));
}

async function readMigration(directory: URL, file: string, expected: number): Promise<Migration> {
  const number = Number(pattern.exec(file)?.groups?.number);
  if (number !== expected) throw badName(file, expected);
  const sql = (await readFile(new URL(file, directory), "utf8")).replaceAll("\r\n", "\n");
  const checksum = createHash("sha256").update(sql).digest("hex");
  return { number, name: file.slice(0, -".sql".length), sql, checksum };
}

const badName = (file: string, expected: number): AppError =>
  new AppError({
    kind: "failed_precondition",
    reason: "MIGRATION_NAME_INVALID",
    message: `${file} stands where ${String(expected).padStart(4, "0")}_<name>.sql is expected: lower case, no gap, no number twice.`,
  });
