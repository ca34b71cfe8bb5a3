import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../../../", import.meta.url));

/** A folder of its own, gone when it goes out of scope. */
export async function tempFolder(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), "gantry-codegen-"));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

/** How a command ended. */
export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const path = `${join(root, "node_modules/.bin")}:${dirname(process.execPath)}`;

/** Runs a command of the toolchain; never rejects. */
export function run(command: string, args: readonly string[], cwd: string): Promise<Ended> {
  return new Promise((resolve) => {
    const env = { PATH: `${path}:/usr/bin:/bin`, HOME: tmpdir() };
    execFile(command, args, { cwd, env, maxBuffer: 1 << 26 }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code ?? 1), stdout, stderr });
    });
  });
}

/** Every file below a folder, by its path in it, sorted. */
export async function readTree(folder: string): Promise<ReadonlyMap<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const texts = await Promise.all(
    files.map(async (file) => [relative(folder, file), await readFile(file, "utf8")] as const),
  );
  return new Map(texts.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

export async function writeTree(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
}

/** A buf workspace of its own: the options and vendored protos of this repository, and the given files below `contracts`. */
export async function bufWorkspace(folder: string, contracts: Readonly<Record<string, string>>): Promise<void> {
  await cp(join(root, "contracts/vendor"), join(folder, "vendor/other"), { recursive: true });
  for (const name of ["policy", "event"]) {
    await cp(join(root, "contracts/proto/gantry", name), join(folder, "vendor/own/gantry", name), { recursive: true });
  }
  await writeTree(folder, {
    "buf.yaml": "version: v2\nmodules:\n  - path: contracts/proto\n  - path: vendor/own\n  - path: vendor/other\n",
  });
  await writeTree(join(folder, "contracts"), contracts);
}

/** The contracts of the fixture, by their path below `contracts`. */
export async function fixtureContracts(): Promise<Record<string, string>> {
  return Object.fromEntries(await readTree(fileURLToPath(new URL("fixture", import.meta.url))));
}

const plugin = (name: string, out: string, ...opt: readonly string[]): string =>
  [
    `  - local: [node, --conditions=@gantry/source, ${JSON.stringify(join(root, "platform/codegen/src", name, "main.ts"))}]`,
    `    out: ${out}`,
    "    strategy: all",
    `    opt: [${opt.join(", ")}]\n`,
  ].join("\n");

/** The repository's own template, with plugins by absolute path and the fixture's document. */
export const template = [
  "version: v2\nclean: true\ninputs:\n  - directory: contracts/proto\nplugins:\n",
  "  - local: protoc-gen-es\n    out: gen/proto\n    opt: [target=ts, import_extension=ts, erasable_syntax=true]\n",
  "    include_imports: true\n",
  plugin("events", "gen/events", "protos=contracts/proto"),
  plugin("asyncapi", "gen/asyncapi", "protos=contracts/proto"),
  plugin("policy", "gen/policy", "protos=contracts/proto", "document=contracts/shop.openapi.yaml"),
  plugin("routes", "gen/routes", "protos=contracts/proto", "document=contracts/shop.openapi.yaml"),
  plugin("envoy", "gen/envoy", "protos=contracts/proto", "document=contracts/shop.openapi.yaml"),
  plugin("access", "gen/access", "protos=contracts/proto", "document=contracts/shop.openapi.yaml", "owned=thing_id"),
  plugin("openapi-server", "gen/openapi", "document=contracts/shop.openapi.yaml"),
].join("");
