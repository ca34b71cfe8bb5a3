import { link, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { processStart } from "@gantry/testing";

/** Somebody already runs the system in this directory. */
export class AlreadyRunningError extends Error {
  readonly pid: number;
  constructor(pid: number) {
    super(`Gantry is already running here (pid ${pid}); stop that one first, or clone the repository once more`);
    this.name = "AlreadyRunningError";
    this.pid = pid;
  }
}

/** Held by the only launcher of a directory. */
export interface InstanceLock {
  /** Lets the next launcher in. Idempotent. */
  release(): Promise<void>;
}

/**
 * Takes the lock at `file` for this process. The lock of a process that is gone does not count, a recycled pid is told
 * from its former owner by its start time.
 *
 * @throws AlreadyRunningError while another process holds it.
 */
export async function takeInstanceLock(file: string): Promise<InstanceLock> {
  await mkdir(dirname(file), { recursive: true });
  const claim = `${file}.${process.pid}`;
  await writeFile(claim, JSON.stringify({ pid: process.pid, start: processStart(process.pid) }), { mode: 0o600 });
  try {
    while (!(await put(claim, file))) await removeStale(file);
  } finally {
    await rm(claim, { force: true });
  }
  return { release: () => rm(file, { force: true }) };
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

/** Moves the lock away before judging it: of two that see a stale one, only one can have moved it. */
async function removeStale(file: string): Promise<void> {
  refuseIfHeld(await readFile(file, "utf8").catch(() => ""));
  const moved = `${file}.stale.${process.pid}`;
  await rename(file, moved).catch(() => {});
  const text = await readFile(moved, "utf8").catch(() => "");
  try {
    refuseIfHeld(text);
  } catch (error) {
    // Between the look and the move someone else had taken it; give it back.
    await link(moved, file).catch(() => {});
    throw error;
  } finally {
    await rm(moved, { force: true });
  }
}

function refuseIfHeld(text: string): void {
  const held = /^\{"pid":(\d+),"start":"(.*)"\}$/.exec(text);
  const pid = Number(held?.[1]);
  if (held !== null && processStart(pid) === held[2]) throw new AlreadyRunningError(pid);
}
