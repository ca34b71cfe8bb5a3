import { spawnSync } from "node:child_process";
import { stripVTControlCharacters } from "node:util";

/** What a program prints when asked for its version, one line; undefined when it is not there. */
export function versionOf(program, args = ["--version"]) {
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: "utf8", timeout: 10_000 });
  if (status !== 0) return undefined;
  const [first] = `${stdout}${stderr}`.trim().split("\n");
  // Some colour their version even when nobody looks.
  return stripVTControlCharacters(first);
}
