import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { cacheFolder, ownEnvironment, pythonCommand } from "../config.ts";
import { runProgram } from "../run-program.ts";

/** Everything the server needs, each version pinned: pip resolves nothing by itself. */
const packages = [
  "secantusdb==0.7.0b3",
  "pymongo==4.20.0",
  "dnspython==2.9.2",
  "s2sphere==0.2.5",
  "future==1.0.0",
  "shapely==2.2.0",
  "numpy==2.4.6",
  "python-dateutil==4.0.0",
  "tzdata==2026.6",
];

/** An installed server: how to start its program. */
export interface MongoProgram {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
}

/**
 * Installs the MongoDB-wire server (SecantusDB over the WiredTiger engine) from PyPI wheels into the cache, unless it is
 * there. No compiler, no container, no root. Safe to run many times at once: each prepares its own folder, one wins.
 *
 * @throws Error saying what is missing: Python 3.10 to 3.13 with pip, or a wheel for it.
 */
export async function installMongo(): Promise<MongoProgram> {
  const version = await pythonVersion();
  const folder = join(cacheFolder(), `secantusdb-0.7.0b3-py${version}`);
  if (!existsSync(join(folder, ".complete"))) await download(folder);
  return programIn(folder);
}

const supported = /^3\.1[0-3]$/;

async function pythonVersion(): Promise<string> {
  const python = pythonCommand();
  const script = "import sys, pip; print('%d.%d' % sys.version_info[:2])";
  const { code, text } = await runProgram(python, ["-c", script], ownEnvironment());
  if (code !== 0) throw new Error(`${python} with pip is needed for the MongoDB-wire server: ${text}`);
  if (!supported.test(text)) throw new Error(`Python ${text} will not do; the server has wheels for 3.10 to 3.13`);
  return text;
}

async function download(folder: string): Promise<void> {
  await mkdir(cacheFolder(), { recursive: true });
  const draft = await mkdtemp(`${folder}-`);
  try {
    // --target, not a venv: such a folder can be moved when it is complete.
    const flags = ["--quiet", "--disable-pip-version-check", "--no-deps", "--only-binary", ":all:"];
    await must(pythonCommand(), ["-m", "pip", "install", ...flags, "--target", draft, ...packages], ownEnvironment());
    const { command, env } = programIn(draft);
    await must(command, ["-s", "-c", "import secantus, wiredtiger"], env);
    await writeFile(join(draft, ".complete"), "");
    await rename(draft, folder);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    if (!existsSync(join(folder, ".complete"))) throw error;
  }
}

async function must(command: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<void> {
  const { code, text } = await runProgram(command, args, env);
  if (code !== 0) throw new Error(`${command} ${args.slice(0, 4).join(" ")} … failed (${code}): ${text.slice(-2_000)}`);
}

const programIn = (folder: string): MongoProgram => ({
  command: pythonCommand(),
  // -s: the user's own packages stay out.
  args: ["-s", "-c", "import sys; from secantus.cli import main; sys.exit(main())"],
  env: { ...ownEnvironment(), PYTHONPATH: folder, PYTHONDONTWRITEBYTECODE: "1" },
});
