import { link, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { processStart } from "@gantry/testing";

const POLL_MS = 200;

/**
 * Runs `work` while no other process runs work under the same lock file; waits for whoever does. The lock of a process
 * that is gone does not count, a recycled pid is told from its former owner by its start time.
 */
export async function oneAtATime<T>(file: string, work: () => Promise<T>): Promise<T> {
  await mkdir(dirname(file), { recursive: true });
  const claim = `${file}.${process.pid}`;
  await writeFile(claim, `${process.pid} ${processStart(process.pid)}`);
  try {
    while (!(await put(claim, file))) {
      if (isHeld(await read(file))) await delay(POLL_MS);
      else await removeStale(file, claim);
    }
    try {
      return await work();
    } finally {
      await rm(file, { force: true });
    }
  } finally {
    await rm(claim, { force: true });
  }
}

/** A hard link appears complete or not at all, and never replaces what is there. */
async function put(claim: string, file: string): Promise<boolean> {
  try {
    await link(claim, file);
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return false;
    throw error;
  }
}

/** Moves the lock away before removing it: of two that see a stale one, the slower must not remove the faster's new lock. */
async function removeStale(file: string, claim: string): Promise<void> {
  const moved = `${claim}.stale`;
  await rename(file, moved).catch(() => {});
  if (isHeld(await read(moved))) await put(moved, file);
  await rm(moved, { force: true });
}

const read = (file: string): Promise<string> => readFile(file, "utf8").catch(() => "");

function isHeld(text: string): boolean {
  const [pid = "", ...start] = text.split(" ");
  return pid !== "" && processStart(Number(pid)) === start.join(" ");
}
