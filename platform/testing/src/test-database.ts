import { randomUUID } from "node:crypto";
import { createDatabase } from "./postgres/embedded-postgres.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** URL of the run's PostgreSQL, provided by vitest-setup.ts. */
    gantryPostgresUrl: string;
  }
}

/** An empty database. */
export interface TestDatabase {
  /** Name, unique in the run. */
  readonly name: string;
  /** Connection URL, password included. */
  readonly url: string;
}

/**
 * An empty database of the caller's own, on the PostgreSQL that all test files of one `vitest run` share. It goes with
 * the run. For test files only, under `platform/tooling/vitest.postgres.ts`; about 40 ms a call.
 *
 * @throws Error when the run has no PostgreSQL.
 */
export async function testDatabase(): Promise<TestDatabase> {
  const { inject } = await import("vitest");
  // Typed as always there, but it is not where the package's vitest.config.ts lacks the set-up.
  const server: string | undefined = inject("gantryPostgresUrl");
  if (server === undefined) {
    throw new Error('no PostgreSQL in this run: let vitest.config.ts export "../tooling/vitest.postgres.ts"');
  }
  const name = `test_${randomUUID().replaceAll("-", "")}`;
  await createDatabase(server, name);
  const url = new URL(server);
  url.pathname = `/${name}`;
  return { name, url: url.href };
}
