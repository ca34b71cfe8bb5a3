import type { TestProject } from "vitest/node";
import { startEmbeddedPostgres } from "./postgres/embedded-postgres.ts";

/** vitest's globalSetup: one PostgreSQL for the run, ended with it. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const postgres = await startEmbeddedPostgres();
  project.provide("gantryPostgresUrl", postgres.url("postgres"));
  return postgres.stop;
}
