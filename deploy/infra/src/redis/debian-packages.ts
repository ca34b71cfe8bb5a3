import { mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import { ownEnvironment } from "../config.ts";
import { type ProgramEnd, runProgram } from "../run-program.ts";

/**
 * Downloads a package of this system's archive, and the libraries it names, into `folder`. apt checks each file against the
 * signed lists of the archive. Where these lists are missing or too old, fresh ones are fetched beside the system's own,
 * which needs no root and changes nothing.
 *
 * @returns the files
 * @throws Error with advice where this is no Debian or Ubuntu, or apt's words.
 */
export async function downloadDebs(folder: string, name: string): Promise<readonly string[]> {
  await mkdir(folder, { recursive: true });
  const options = await withLists(folder, name);
  const [deb = ""] = await filesIn(folder);
  const depends = must("dpkg-deb", await run("dpkg-deb", ["--field", deb, "Depends"]));
  const libraries = librariesOf(depends);
  if (libraries.length > 0) must("apt-get", await aptGet(folder, [...options, "download", ...libraries]));
  return await filesIn(folder);
}

/** Downloads `name`. Resolves to the options with which apt knew it. */
async function withLists(folder: string, name: string): Promise<readonly string[]> {
  const first = await aptGet(folder, ["download", name]);
  if (first.code === 0) return [];
  if (first.code === 127) throw new Error(advice(first.text));
  const lists = join(folder, "lists");
  await mkdir(join(lists, "partial"), { recursive: true });
  const own = ["-o", `Dir::State::Lists=${lists}`, "-o", `Dir::Cache=${join(folder, "cache")}`];
  await mkdir(join(folder, "cache/archives/partial"), { recursive: true });
  must("apt-get", await aptGet(folder, [...own, "update"]));
  must("apt-get", await aptGet(folder, [...own, "download", name]));
  return own;
}

const advice = (cause: string): string =>
  `Redis comes from Debian's packages, and apt-get is not here (${cause}). Start a Redis 7 or newer by other means, ` +
  "with appendonly yes and maxmemory-policy noeviction, and set REDIS_URL to it";

/** `libssl3 (>= 3.0.0), libc6 (>= 2.34), adduser`: all but the C library, which every program here shares. */
function librariesOf(depends: string): readonly string[] {
  const names = depends.split(",").map((one) => /^\s*([\w.+-]+)/.exec(one)?.[1] ?? "");
  return names.filter((name) => /^(lib|lua)/.test(name) && name !== "libc6");
}

const filesIn = async (folder: string): Promise<readonly string[]> =>
  (await readdir(folder)).filter((name) => name.endsWith(".deb")).map((name) => join(folder, name));

const aptGet = (folder: string, args: readonly string[]): Promise<ProgramEnd> =>
  run("apt-get", ["-q", "-o", "APT::Get::AllowUnauthenticated=false", ...args], folder);

const run = (command: string, args: readonly string[], folder?: string): Promise<ProgramEnd> =>
  runProgram(command, args, { ...ownEnvironment(), LC_ALL: "C" }, folder);

function must(command: string, { code, text }: ProgramEnd): string {
  if (code === 0) return text;
  throw new Error(`${command} failed while fetching Redis (${code}): ${text.slice(-2_000)}`);
}
