import { access } from "node:fs/promises";
import { devNull } from "node:os";
import { join } from "node:path";
import { run } from "./run.ts";

/** How many lines of one file's difference are shown. */
const MAX_LINES = 60;

/** The difference between a file of the repository and the one made anew, by git; empty when there is no git. */
export async function unifiedDiff(name: string, root: string, fresh: string): Promise<string> {
  const [before, after] = await Promise.all([existing(join(root, name)), existing(join(fresh, name))]);
  const { stdout } = await run("git", ["diff", "--no-index", "--no-color", "--no-ext-diff", "--", before, after], root);
  const start = stdout.indexOf("\n@@");
  if (start < 0) return "";
  const lines = stdout
    .slice(start + 1)
    .trimEnd()
    .split("\n");
  const hidden = lines.length - MAX_LINES;
  const shown = hidden > 0 ? [...lines.slice(0, MAX_LINES), `… ${hidden} more lines`] : lines;
  return `--- ${name} (in the repository)\n+++ ${name} (from the contracts)\n${shown.join("\n")}\n`;
}

const existing = (path: string): Promise<string> =>
  access(path).then(
    () => path,
    () => devNull,
  );
