// Runs as a process of its own, started by guard.ts: plain Node, no dependencies. Reads one order per line on stdin. When
// stdin ends, its starter is gone, however it went, and what is still listed goes too.
import { createInterface } from "node:readline";
import { createWards } from "./wards.ts";

const wards = createWards();
// Its starter decides when it ends; a Ctrl-C meant for the starter does not.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => {});
createInterface({ input: process.stdin }).on("line", wards.obey).on("close", wards.endAll);
