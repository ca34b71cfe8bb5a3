import { execFile } from "node:child_process";
import { cp, mkdir, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { tempDir } from "@gantry/testing";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const run = promisify(execFile);

/** A copy of the repository's files to try a change on, with the packages that are installed here. */
export interface Checkout extends AsyncDisposable {
  /** Replaces `from`, which must be there, in one of its files. */
  edit(file: string, from: string, to: string): Promise<void>;
  /** Takes back all edits of a file. */
  restore(file: string): Promise<void>;
  generate(): Promise<void>;
  /** The files that no longer compile, sorted, each once. */
  brokenFiles(): Promise<readonly string[]>;
}

export async function checkout(): Promise<Checkout> {
  const { path: folder, remove } = await tempDir("gantry-checkout-");
  const { stdout } = await run("git", ["ls-files", "-z"], { cwd: root, maxBuffer: 16 * 1024 * 1024 });
  for (const file of stdout.split("\0").filter(Boolean)) {
    await cp(join(root, file), join(folder, file), { recursive: true });
  }
  await linkPackages(folder);
  return {
    async edit(file, from, to) {
      const text = await readFile(join(folder, file), "utf8");
      if (!text.includes(from)) throw new Error(`${file} has no ${JSON.stringify(from)}`);
      await writeFile(join(folder, file), text.replace(from, to));
    },
    restore: (file) => cp(join(root, file), join(folder, file)),
    generate: async () => void (await run("buf", ["generate"], { cwd: folder })),
    async brokenFiles() {
      const output = await run("tsc", ["-b"], { cwd: folder }).then(
        ({ stdout: clean }) => clean,
        (error: { readonly stdout: string }) => error.stdout,
      );
      return [...new Set([...output.matchAll(/^(\S+)\(\d+,\d+\): error/gm)].map(([, file]) => file ?? ""))].toSorted();
    },
    [Symbol.asyncDispose]: remove,
  };
}

/** Links what is installed, but the workspaces to their copies. */
async function linkPackages(folder: string): Promise<void> {
  for (const holder of ["", "platform/openapi-types", "platform/codegen"]) {
    const from = join(root, holder, "node_modules");
    const to = join(folder, holder, "node_modules");
    await mkdir(to, { recursive: true });
    for (const name of await readdir(from).catch(() => [])) {
      if (name !== "@gantry") await symlink(join(from, name), join(to, name));
    }
  }
  const scope = join(folder, "node_modules", "@gantry");
  await mkdir(scope, { recursive: true });
  for (const parent of ["platform", "services", "deploy"]) {
    for (const name of await readdir(join(folder, parent)))
      await symlink(join(folder, parent, name), join(scope, name));
  }
  await symlink(join(folder, "gen"), join(scope, "gen"));
}
