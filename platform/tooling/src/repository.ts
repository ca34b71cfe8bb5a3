import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

/** The files that the checks look at. Paths are relative to the root, with slashes. */
export interface Repository {
  /** Committed files, and new ones that git does not ignore. */
  readonly paths: readonly string[];
  /** The text of one of them. */
  read(path: string): string;
}

/** The git work tree at `root`, as it is on the disk now. */
export function openRepository(root: string): Repository {
  const listed = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], {
    cwd: root,
    encoding: "utf8",
    maxBuffer: 2 ** 26,
  });
  const isFile = (path: string) => existsSync(join(root, path)) && statSync(join(root, path)).isFile();
  const paths = [...new Set(listed.split("\0"))].filter((path) => path !== "" && isFile(path)).sort();
  return { paths, read: (path) => readFileSync(join(root, path), "utf8") };
}

/** Something a check does not accept. */
export interface Finding {
  /** File, with `:line` where there is one. */
  readonly where: string;
  /** Name of the rule. */
  readonly rule: string;
  readonly message: string;
  /** What to do about it. */
  readonly fix: string;
}

/** A finding as people and editors read it. */
export const show = ({ where, rule, message, fix }: Finding): string => `${where}  ${message}\n    ${rule}: ${fix}`;
