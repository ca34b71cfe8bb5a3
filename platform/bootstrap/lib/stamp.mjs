import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";

/** A stamp says what a folder was made from. Written last, so a half-made folder has none. */
export const isStamped = (path, stamp) => existsSync(path) && readFileSync(path, "utf8") === stamp;

export const writeStamp = (path, stamp) => writeFileSync(path, stamp);

/** What an installed folder depends on: the contents of `files`, and the machine it is for. */
export function stampOf(files, ...more) {
  const hash = createHash("sha256");
  for (const file of files) hash.update(readFileSync(file));
  return [process.platform, process.arch, ...more, hash.digest("hex")].join(" ");
}
