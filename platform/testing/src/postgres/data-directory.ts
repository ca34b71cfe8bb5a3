import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { chown, mkdir, mkdtemp, open, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Binaries } from "./binaries.ts";
import type { RunAs } from "./run-as.ts";

/** The only PostgreSQL whose files these programs can read. */
const MAJOR = "18";
const PASSWORD_FILE = "gantry-password";

/**
 * How the server names its data directory: by where it stands, not by its path.
 *
 * A directory below a folder that `nobody` may not enter cannot be opened by path, but a process can be started inside
 * it: the parent changes into it first and gives up root afterwards. /proc/self/cwd then leads there directly.
 */
export const dataDirectoryArgument = (directory: string): string =>
  process.platform === "linux" ? "/proc/self/cwd" : directory;

/** Makes `directory` a PostgreSQL data directory if it is not one yet, and returns the password of its superuser. */
export async function prepareDataDirectory(directory: string, binaries: Binaries, user: RunAs): Promise<string> {
  const version = await readOptional(join(directory, "PG_VERSION"));
  if (version === undefined) return await create(directory, binaries, user);
  if (version.trim() !== MAJOR) throw new Error(`${directory} belongs to PostgreSQL ${version.trim()}, not ${MAJOR}`);
  const password = await readOptional(join(directory, PASSWORD_FILE));
  if (password === undefined) throw new Error(`${directory} was not made by Gantry; use another one`);
  return password;
}

async function readOptional(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}

/** Made aside and moved into place: a start that was killed half-way leaves nothing that looks like a database. */
async function create(directory: string, binaries: Binaries, user: RunAs): Promise<string> {
  const draft = `${directory}.new`;
  await rm(draft, { recursive: true, force: true });
  await mkdir(draft, { recursive: true, mode: 0o700 });
  if (user.uid !== undefined && user.gid !== undefined) await chown(draft, user.uid, user.gid);
  const password = randomBytes(24).toString("base64url");
  await initdb(draft, binaries, user, password);
  await writeFile(join(draft, PASSWORD_FILE), password, { mode: 0o600 });
  await rename(draft, directory);
  return password;
}

async function initdb(directory: string, binaries: Binaries, user: RunAs, password: string): Promise<void> {
  await using secret = await passwordOnStdin(password, user);
  const child = spawn(
    binaries.initdb,
    [
      ...["-D", dataDirectoryArgument(directory), "-U", "postgres", "-E", "UTF8", "--locale=C"],
      ...["-A", "scram-sha-256", "--pwfile=/dev/stdin", "--no-sync", "--no-instructions"],
    ],
    { cwd: directory, env: { LC_ALL: "C" }, stdio: [secret.fd, "pipe", "pipe"], ...user },
  );
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (chunk) => (said += String(chunk)));
  const [code] = await once(child, "close");
  if (code !== 0) throw new Error(`initdb of ${directory} failed (${code}): ${said.trim()}`);
}

/** The password in a file without a name: `nobody` could not reach a path, and no argument list shows it. */
async function passwordOnStdin(password: string, user: RunAs) {
  const folder = await mkdtemp(join(tmpdir(), "gantry-pw-"));
  const file = await open(join(folder, "password"), "w+", 0o600);
  await file.writeFile(password);
  if (user.uid !== undefined && user.gid !== undefined) await file.chown(user.uid, user.gid);
  await rm(folder, { recursive: true });
  return { fd: file.fd, [Symbol.asyncDispose]: () => file.close() };
}
