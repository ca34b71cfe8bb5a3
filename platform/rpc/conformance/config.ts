import { accessSync, constants } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join, resolve } from "node:path";

/** Where built tools are kept, for all clones of one user: `GANTRY_CACHE`, or `~/.cache/gantry`. */
export const toolsFolder = (): string =>
  join(resolve(process.env.GANTRY_CACHE ?? join(homedir(), ".cache", "gantry")), "tools");

/** What the Go command inherits: its proxy and its caches. */
export const inherited: Readonly<Record<string, string | undefined>> = process.env;

/** The Go command, from PATH or from where its installer puts it. */
export function findGo(): string | undefined {
  const folders = [...(process.env.PATH ?? "").split(delimiter), "/usr/local/go/bin"];
  return folders.map((folder) => join(folder, "go")).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
