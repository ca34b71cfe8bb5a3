import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { FaultSystem } from "../src/faults/fault-system.ts";

const run = promisify(execFile);
const program = fileURLToPath(new URL("../../../platform/cli/bin/gantry.mjs", import.meta.url));

/** Runs the `gantry` command on a running system, as an operator would. Resolves to what it printed. */
export async function gantry({ places, stack }: FaultSystem, ...args: readonly string[]): Promise<string> {
  const databases = Object.entries(places.databases).map(([service, url]) => [
    `${service.toUpperCase()}_POSTGRES_URL`,
    url,
  ]);
  const { PATH = "" } = stack.env("order");
  const env = { PATH, ...Object.fromEntries(databases), ...stack.events };
  const { stdout } = await run(process.execPath, ["--conditions=@gantry/source", program, ...args], { env });
  return stdout;
}
