import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { say } from "./say.mjs";

const HEARTBEAT_MS = 2_000;
/** Silence after which a lock is stale whose owner cannot be looked up from here. */
const SILENT_MS = 15_000;
/** The same where the owner seems to live: its pid may have been given to another process since, after a reboot say. */
const SILENT_ALIVE_MS = 120_000;
const POLL_MS = 200;

/**
 * Runs `work` while nobody else holds the lock folder at `path`; waits for whoever does.
 *
 * The folder is put in place complete, with its owner named, by one rename. Its owner touches it every two seconds. A
 * lock is stale when its owner's processes are gone, or, where that cannot be told (another container or machine shares
 * the folder), when it was not touched for fifteen seconds. `work` gets a function that names one more process to wait
 * for: the npm that outlives us if we are killed.
 */
export async function withLock(path, work) {
  await acquire(path);
  const heartbeat = setInterval(() => touch(path), HEARTBEAT_MS);
  try {
    return await work((pid) => writeOwner(path, [process.pid, pid]));
  } finally {
    clearInterval(heartbeat);
    rmSync(path, { recursive: true, force: true });
  }
}

async function acquire(path) {
  mkdirSync(dirname(path), { recursive: true });
  for (let told = false; !take(path); told = true) {
    if (isStale(path)) breakLock(path);
    else {
      if (!told) say(`waiting for the installation that process ${ownerOf(path)?.pids[0] ?? "?"} is doing`);
      await delay(POLL_MS);
    }
  }
}

/** Renaming onto a folder that is not empty fails: exactly one of several gets it. */
function take(path) {
  const mine = mkdtempSync(`${path}-`);
  writeOwner(mine, [process.pid]);
  try {
    renameSync(mine, path);
    return true;
  } catch (error) {
    rmSync(mine, { recursive: true, force: true });
    if (error.code === "ENOTEMPTY" || error.code === "EEXIST") return false;
    throw error;
  }
}

const writeOwner = (path, pids) => writeFileSync(join(path, "owner.json"), JSON.stringify({ pids, host: hostname() }));

function ownerOf(path) {
  try {
    return JSON.parse(readFileSync(join(path, "owner.json"), "utf8"));
  } catch {
    return undefined;
  }
}

function isStale(path) {
  const owner = ownerOf(path);
  if (owner?.host !== hostname()) return silentMs(path) > SILENT_MS;
  return !owner.pids.some(isAlive) || silentMs(path) > SILENT_ALIVE_MS;
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === "EPERM";
  }
}

function silentMs(path) {
  try {
    return Date.now() - statSync(path).mtimeMs;
  } catch {
    return 0; // Given back this moment.
  }
}

/** One at a time: of two that saw the same stale lock, the slower one must not remove the faster one's new lock. */
function breakLock(path) {
  const breaking = `${path}.breaking`;
  try {
    mkdirSync(breaking);
  } catch {
    if (silentMs(breaking) > SILENT_MS) rmSync(breaking, { recursive: true, force: true });
    return;
  }
  if (isStale(path)) rmSync(path, { recursive: true, force: true });
  rmSync(breaking, { recursive: true, force: true });
}

function touch(path) {
  try {
    const now = new Date();
    utimesSync(path, now, now);
  } catch {
    // Someone deleted the lock by hand; the work goes on.
  }
}
