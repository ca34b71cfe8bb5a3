import { rm } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { processStart } from "./process-start.ts";

/** The processes that a guard ends, and the folders that it deletes, when its starter is gone. */
export interface Wards {
  /** Follows one order of guard.ts: a JSON object that adds, changes or forgets one of them. Ignores anything else. */
  obey(line: string): void;
  /** Signals the processes, kills what has not gone by its deadline, deletes the folders. Resolves when all is done. */
  endAll(): Promise<void>;
}

interface Ward {
  readonly pid: number;
  readonly start: string;
  readonly signal: NodeJS.Signals;
  readonly group: boolean;
  readonly graceMs: number;
}

const POLL_MS = 50;

/** Starts with no process. */
export function createWards(): Wards {
  const wards = new Map<number, Ward>();
  const folders = new Set<string>();

  function obeyForProcess(order: object, pid: number): void {
    const start = processStart(pid);
    if ("forget" in order || start === undefined) wards.delete(pid);
    else wards.set(pid, { pid, start, ...wishes(order) });
  }

  function obeyForFolder(order: object, folder: string): void {
    if ("forget" in order) folders.delete(folder);
    else folders.add(folder);
  }

  return {
    obey(line) {
      const order = parse(line);
      if (typeof order !== "object" || order === null) return;
      if ("pid" in order && typeof order.pid === "number") obeyForProcess(order, order.pid);
      if ("folder" in order && typeof order.folder === "string") obeyForFolder(order, order.folder);
    },
    async endAll() {
      await endProcesses(wards);
      for (const folder of folders) await rm(folder, { recursive: true, force: true }).catch(() => {});
    },
  };
}

async function endProcesses(wards: Map<number, Ward>): Promise<void> {
  const since = Date.now();
  for (const ward of wards.values()) send(ward, ward.signal);
  while (wards.size > 0) {
    for (const ward of wards.values()) {
      if (!alive(ward)) wards.delete(ward.pid);
      else if (Date.now() - since >= ward.graceMs) send(ward, "SIGKILL");
    }
    await delay(POLL_MS);
  }
}

function wishes(order: object): Pick<Ward, "signal" | "group" | "graceMs"> {
  return {
    signal: "signal" in order && order.signal === "SIGINT" ? "SIGINT" : "SIGTERM",
    group: "group" in order && order.group === true,
    graceMs: "graceMs" in order && typeof order.graceMs === "number" ? order.graceMs : 0,
  };
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

const alive = (ward: Ward) => processStart(ward.pid) === ward.start;

function send(ward: Ward, signal: NodeJS.Signals): void {
  if (!alive(ward)) return;
  try {
    process.kill(ward.group ? -ward.pid : ward.pid, signal);
  } catch {
    // It ended in between, which is what we want.
  }
}
