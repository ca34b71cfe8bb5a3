import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rename, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { guardFolder } from "@gantry/testing";
import { cacheFolder, ownEnvironment } from "../config.ts";
import { oneAtATime } from "../one-at-a-time.ts";
import { runProgram } from "../run-program.ts";
import { downloadDebs } from "./debian-packages.ts";

const OLDEST = 7;

/** An installed server: how to start it. */
export interface RedisProgram {
  readonly command: string;
  readonly env: NodeJS.ProcessEnv;
  /** For instance `7.0.15`. */
  readonly version: string;
}

/**
 * Unpacks Redis from the packages of this Debian (or Ubuntu) into the cache, unless it is there: about a second, 5 MB.
 * Nothing is installed, no system service starts, root is not needed. One process installs at a time, the others wait.
 *
 * @throws Error saying what is missing: apt-get and dpkg-deb, or a Redis from 7.0.
 */
export async function installRedis(): Promise<RedisProgram> {
  const folder = join(cacheFolder(), `redis-${await distribution()}`);
  if (!isComplete(folder)) {
    await oneAtATime(`${folder}.lock`, async () => {
      if (!isComplete(folder)) await install(folder);
    });
  }
  return { ...(await programIn(folder)), version: await readFile(completeMark(folder), "utf8") };
}

const completeMark = (folder: string) => join(folder, ".complete");
const isComplete = (folder: string) => existsSync(completeMark(folder));

/** For instance `debian-12-x64`: a cache may outlive the system whose libraries its programs were built for. */
async function distribution(): Promise<string> {
  const release = await readFile("/etc/os-release", "utf8").catch(() => "");
  const field = (name: string) => new RegExp(`^${name}="?([\\w.-]+)"?$`, "m").exec(release)?.[1] ?? "unknown";
  return `${field("ID")}-${field("VERSION_ID")}-${process.arch}`;
}

/** Made aside and moved into place: what is there is complete, and has run. */
async function install(folder: string): Promise<void> {
  await mkdir(cacheFolder(), { recursive: true });
  const draft = await mkdtemp(`${folder}-`);
  const forget = guardFolder(draft);
  try {
    for (const deb of await downloadDebs(join(draft, "debs"), "redis-tools")) await unpack(deb, draft);
    // The server's own package has nothing but this link and a system service.
    await symlink("redis-check-rdb", join(draft, "usr/bin/redis-server"));
    await rm(join(draft, "debs"), { recursive: true });
    await writeFile(completeMark(draft), await versionIn(draft));
    await rm(folder, { recursive: true, force: true });
    await rename(draft, folder);
  } finally {
    await rm(draft, { recursive: true, force: true });
    forget();
  }
}

async function unpack(deb: string, folder: string): Promise<void> {
  const { code, text } = await runProgram("dpkg-deb", ["--extract", deb, folder], ownEnvironment());
  if (code !== 0) throw new Error(`dpkg-deb could not unpack ${deb} (${code}): ${text}`);
}

async function versionIn(folder: string): Promise<string> {
  const { command, env } = await programIn(folder);
  const { code, text } = await runProgram(command, ["--version"], env);
  const version = / v=(\d+)([\d.]*)/.exec(text);
  if (code !== 0 || version === null) throw new Error(`Redis does not run here (${code}): ${text}`);
  const [, major = "", rest = ""] = version;
  if (Number(major) < OLDEST) throw new Error(`Redis ${OLDEST} or newer is needed; this system has ${major}${rest}`);
  return major + rest;
}

/** Debian keeps libraries in a folder named after the machine: `usr/lib/x86_64-linux-gnu`. */
async function programIn(folder: string): Promise<Omit<RedisProgram, "version">> {
  const libraries: string[] = [];
  for (const parent of ["usr/lib", "lib"].map((name) => join(folder, name))) {
    const machines = (await readdir(parent).catch(() => [])).filter((name) => name.includes("-linux-"));
    libraries.push(...machines.map((machine) => join(parent, machine)));
  }
  const env = { ...ownEnvironment(), LC_ALL: "C", LD_LIBRARY_PATH: libraries.join(":") };
  return { command: join(folder, "usr/bin/redis-server"), env };
}
