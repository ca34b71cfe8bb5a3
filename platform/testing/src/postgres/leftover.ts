import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { eventually } from "../eventually.ts";
import { processStart } from "../process-start.ts";

/**
 * Deals with what an earlier server may have left in `directory`.
 *
 * A `postmaster.pid` whose process is gone, or is no PostgreSQL, is deleted: the server would take a stranger with the
 * same pid for its twin. One that is shutting down (its launcher was killed a moment ago) is waited for. One that keeps
 * running is refused: two servers on one directory would destroy it.
 */
export async function clearLeftover(directory: string, waitMs: number): Promise<void> {
  const pidFile = join(directory, "postmaster.pid");
  const pid = pidOf(pidFile);
  if (pid === undefined) return;
  const failure = await eventually(() => !isPostgres(pid), { withinMs: waitMs, everyMs: 50 }).catch((e: Error) => e);
  if (failure instanceof Error) throw new Error(`another PostgreSQL (pid ${pid}) is running on ${directory}; stop it`);
  await rm(pidFile, { force: true });
}

function pidOf(pidFile: string): number | undefined {
  try {
    const pid = Number.parseInt(readFileSync(pidFile, "utf8"), 10);
    return Number.isNaN(pid) ? undefined : pid;
  } catch {
    return undefined;
  }
}

function isPostgres(pid: number): boolean {
  return processStart(pid) !== undefined && basename(commandOf(pid)) === "postgres";
}

function commandOf(pid: number): string {
  try {
    if (process.platform === "linux") return readFileSync(`/proc/${pid}/comm`, "utf8").trim();
    return execFileSync("/bin/ps", ["-o", "comm=", "-p", String(pid)], { encoding: "utf8" }).trim();
  } catch {
    return "";
  }
}
