import { setTimeout as delay } from "node:timers/promises";
import type { KeptPostgres } from "@gantry/devstack";
import { eventually } from "@gantry/testing";
import pg from "pg";

/** How a PostgreSQL goes down: as its administrator asks, without waiting for clients, or by a kill −9. */
export type PostgresEnd = "fast" | "immediate" | "kill";

const signals = { immediate: "SIGQUIT", kill: "SIGKILL" } as const;
const BACK_WITHIN_MS = 60_000;

/** Restarts the server. Resolves to 1 when another one serves on the same data. */
export async function restartPostgres(postgres: KeptPostgres, how: PostgresEnd): Promise<number> {
  const before = postgres.pid();
  if (how === "fast") await postgres.restart();
  else process.kill(before, signals[how]);
  await eventually(() => postgres.pid() !== before && answers(postgres), { withinMs: BACK_WITHIN_MS, everyMs: 50 });
  return 1;
}

async function answers(postgres: KeptPostgres): Promise<boolean> {
  const client = new pg.Client({ connectionString: postgres.url("postgres") });
  client.on("error", () => undefined);
  try {
    await client.connect();
    await client.query("SELECT 1");
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** Ends every connection of every service `rounds` times, `everyMs` apart. Resolves to how many it ended. */
export async function terminateBackends(postgres: KeptPostgres, rounds: number, everyMs = 2_000): Promise<number> {
  let ended = 0;
  for (let round = 0; round < rounds; round++) {
    ended += await terminateAll(postgres);
    await delay(everyMs);
  }
  return ended;
}

async function terminateAll(postgres: KeptPostgres): Promise<number> {
  const client = new pg.Client({ connectionString: postgres.url("postgres") });
  try {
    await client.connect();
    const { rowCount } = await client.query(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()",
    );
    return rowCount ?? 0;
  } finally {
    await client.end();
  }
}
