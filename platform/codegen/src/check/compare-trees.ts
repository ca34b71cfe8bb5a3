import { readdir, readFile } from "node:fs/promises";
import { join, relative, sep } from "node:path";

/** A file that is not what the contracts generate. */
export interface Difference {
  /** Relative to the repository, with slashes. */
  readonly name: string;
  readonly kind: "edited" | "missing" | "extra" | "untracked";
}

/** How the generated folders of the repository differ from those made anew, sorted by name. */
export async function compareTrees(
  root: string,
  fresh: string,
  folders: readonly string[],
): Promise<readonly Difference[]> {
  const differences: Difference[] = [];
  for (const folder of folders) {
    const [present, wanted] = await Promise.all([filesBelow(root, folder), filesBelow(fresh, folder)]);
    for (const name of new Set([...present, ...wanted])) {
      if (!present.has(name)) differences.push({ name, kind: "missing" });
      else if (!wanted.has(name)) differences.push({ name, kind: "extra" });
      else if (!(await isSame(join(root, name), join(fresh, name)))) differences.push({ name, kind: "edited" });
    }
  }
  return differences.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** Everything but folders: a link or a socket in a generated folder is as wrong as a file. */
async function filesBelow(base: string, folder: string): Promise<ReadonlySet<string>> {
  const entries = await readdir(join(base, folder), { recursive: true, withFileTypes: true }).catch(nothing);
  const files = entries.filter((entry) => !entry.isDirectory());
  return new Set(files.map((entry) => relative(base, join(entry.parentPath, entry.name)).split(sep).join("/")));
}

function nothing(error: NodeJS.ErrnoException): [] {
  if (error.code === "ENOENT") return [];
  throw error;
}

async function isSame(a: string, b: string): Promise<boolean> {
  const [one, other] = await Promise.all([readFile(a), readFile(b)]);
  return one.equals(other);
}
