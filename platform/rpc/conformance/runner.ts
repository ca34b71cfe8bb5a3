import { execFile } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { findGo, inherited, toolsFolder } from "./config.ts";

const run = promisify(execFile);

/** The newest version that resolves. */
export const VERSION = "v1.0.5";
const MODULE = "connectrpc.com/conformance";
const BUILD_MS = 10 * 60_000;
const BUF = fileURLToPath(new URL("../../../node_modules/.bin/buf", import.meta.url));

/** The suite: its runner, and its protos compiled into one file of descriptors. */
export interface Suite {
  readonly runner: string;
  readonly image: string;
}

/** The suite from the tools cache; built with Go if it is not there. Undefined where there is neither. */
export async function conformanceSuite(say: (line: string) => void): Promise<Suite | undefined> {
  const folder = join(toolsFolder(), `connect-conformance-${VERSION}`);
  const suite = { runner: join(folder, "connectconformance"), image: join(folder, "protos.binpb") };
  if (existsSync(folder)) return suite;
  const go = findGo();
  if (go === undefined) return undefined;
  say(`building the Connect conformance suite ${VERSION} into ${folder} (about a minute, once)`);
  await build(go, folder);
  return suite;
}

/** Built aside and put in place by one rename: two at once do the work twice, but neither sees half of it. */
async function build(go: string, folder: string): Promise<void> {
  mkdirSync(toolsFolder(), { recursive: true });
  const aside = mkdtempSync(`${folder}-`);
  try {
    await run(go, ["install", `${MODULE}/cmd/connectconformance@${VERSION}`], {
      env: { ...inherited, GOBIN: aside },
      timeout: BUILD_MS,
    });
    await compileProtos(go, aside);
    if (!existsSync(folder)) renameSync(aside, folder);
  } finally {
    rmSync(aside, { recursive: true, force: true });
  }
}

/** The protos of the runner's own version are in Go's module cache. */
async function compileProtos(go: string, into: string): Promise<void> {
  const { stdout } = await run(go, ["mod", "download", "-json", `${MODULE}@${VERSION}`], {
    timeout: BUILD_MS,
    cwd: into,
  });
  const found: unknown = JSON.parse(stdout);
  if (typeof found !== "object" || found === null || !("Dir" in found))
    throw new Error(`no module folder in ${stdout}`);
  writeFileSync(join(into, "buf.yaml"), "version: v2\n");
  await run(BUF, [
    "build",
    join(String(found.Dir), "proto"),
    "--exclude-source-info",
    "-o",
    join(into, "protos.binpb"),
  ]);
}
