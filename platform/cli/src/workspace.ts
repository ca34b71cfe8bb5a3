import { spawn } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { UsageError } from "./usage-error.ts";

/** A clone, and what it has. */
export interface Workspace {
  /** Absolute path of the clone. */
  readonly root: string;
  /** Names of the services that have a `src/main.ts`. */
  readonly services: readonly string[];
}

/** The clone at `root`; by default the one this file is in. */
export function openWorkspace(root = resolve(fileURLToPath(import.meta.url), "../../../..")): Workspace {
  const names = readdirSync(join(root, "services")).filter((name) => existsSync(mainOf(root, name)));
  return { root, services: names.sort() };
}

const mainOf = (root: string, service: string) => join(root, "services", service, "src", "main.ts");

/** Those of `words` that are services, all for "all". @throws UsageError naming what is not a service. */
export function chosenServices({ services }: Workspace, words: readonly string[]): readonly string[] {
  const unknown = words.filter((word) => word !== "all" && !services.includes(word));
  if (unknown.length > 0)
    throw new UsageError(`no service "${unknown.join('", "')}"; there are ${services.join(", ")}`);
  return words.includes("all") ? services : words;
}

/** Runs a service's `main.ts` with `argument`, its `.env` file read first. Resolves to exit code and stdout. */
export async function runMain(
  { root }: Workspace,
  service: string,
  argument: string,
  stdout: "pipe" | "inherit",
): Promise<{ readonly code: number; readonly text: string }> {
  const folder = join(root, "services", service);
  const envFile = existsSync(join(folder, ".env")) ? ["--env-file=.env"] : [];
  const child = spawn(process.execPath, [...envFile, "--conditions=@gantry/source", "src/main.ts", argument], {
    cwd: folder,
    stdio: ["ignore", stdout, "inherit"],
  });
  let text = "";
  child.stdout?.on("data", (chunk) => {
    text += String(chunk);
  });
  return await new Promise((done, fail) => {
    child.once("error", fail);
    child.once("close", (code) => done({ code: code ?? 1, text }));
  });
}
