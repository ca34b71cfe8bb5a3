import { readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** Where the running system is. No secrets. */
export interface RunFile {
  /** The launcher's process id. */
  readonly pid: number;
  /** Base URL of the gateway; empty when there is none. */
  readonly gateway: string;
  /** Base URL of each service's own port, by name. */
  readonly urls: Readonly<Record<string, string>>;
  /** Base URL of each service's ops port, by name. */
  readonly opsUrls: Readonly<Record<string, string>>;
}

/** Tells other commands where the system is. Resolves to a function that takes it back. */
export async function writeRunFile(directory: string, content: RunFile): Promise<() => Promise<void>> {
  const file = join(directory, "run.json");
  const draft = `${file}.${process.pid}`;
  await writeFile(draft, `${JSON.stringify(content, undefined, 2)}\n`);
  await rename(draft, file);
  return () => rm(file, { force: true });
}

/** What the system that runs in `directory` wrote; undefined when none runs, or its launcher was killed. */
export async function readRunFile(directory: string): Promise<RunFile | undefined> {
  const text = await readFile(join(directory, "run.json"), "utf8").catch(() => undefined);
  const content: unknown = text === undefined ? undefined : JSON.parse(text);
  return isRunFile(content) && isAlive(content.pid) ? content : undefined;
}

const isRunFile = (value: unknown): value is RunFile =>
  typeof value === "object" &&
  value !== null &&
  ["pid", "gateway", "urls", "opsUrls"].every((name) => Object.hasOwn(value, name));

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
