// Runs as a process of its own, started by guard.ts: plain Node, no dependency but the file beside it.
// Reads one JSON order per line on stdin. When stdin ends, its starter is gone, however it went: the processes that are
// still listed get their signal, and SIGKILL when they have not ended by their deadline.
import { createInterface } from "node:readline";
import { processStart } from "./process-start.ts";

interface Ward {
  readonly pid: number;
  readonly start: string;
  readonly signal: NodeJS.Signals;
  readonly group: boolean;
  readonly graceMs: number;
}

const wards = new Map<number, Ward>();

/** Written by guard.ts alone, over a private pipe; a line cut short by the starter's death is not an order. */
function obey(line: string): void {
  const order: unknown = parse(line);
  if (typeof order !== "object" || order === null || !("pid" in order) || typeof order.pid !== "number") return;
  const start = processStart(order.pid);
  if ("forget" in order || start === undefined) wards.delete(order.pid);
  else wards.set(order.pid, { pid: order.pid, start, ...wishes(order) });
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

function endAll(): void {
  const since = Date.now();
  for (const ward of wards.values()) send(ward, ward.signal);
  const poll = setInterval(() => {
    for (const ward of wards.values()) {
      if (!alive(ward)) wards.delete(ward.pid);
      else if (Date.now() - since >= ward.graceMs) send(ward, "SIGKILL");
    }
    if (wards.size === 0) clearInterval(poll);
  }, 50);
}

// Its starter decides when it ends; a Ctrl-C meant for the starter does not.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => {});
createInterface({ input: process.stdin }).on("line", obey).on("close", endAll);
