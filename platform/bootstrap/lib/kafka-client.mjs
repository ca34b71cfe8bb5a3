import { spawn, spawnSync } from "node:child_process";
import { appendFileSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { cacheFolder } from "./cache.mjs";
import { withLock } from "./lock.mjs";
import { systemNpm } from "./outer-npm.mjs";
import { BootstrapError } from "./problems.mjs";
import { npmCi } from "./run-npm.mjs";
import { during } from "./say.mjs";

const source = resolve(fileURLToPath(import.meta.url), "..", "..", "kafka-client");
const NAME = "@confluentinc/kafka-javascript";
const version = () => JSON.parse(readFileSync(join(source, "package.json"), "utf8")).dependencies[NAME];

/** Where the client is or will be, for the Node that runs this: native code fits one version of Node's interface only. */
export function kafkaClientFolder(env = process.env) {
  const { modules } = process.versions;
  const name = `kafka-javascript-${version()}-node${modules}-${process.platform}-${process.arch}`;
  return join(cacheFolder(env), name);
}

/** Whether the client in `folder` can be loaded. A system library that it was linked to may have gone since. */
export function isKafkaClientUsable(folder) {
  if (!existsSync(folder)) return false;
  const load = ["-e", `require(${JSON.stringify(join(folder, "node_modules", NAME))})`];
  return spawnSync(process.execPath, load, { stdio: "ignore" }).status === 0;
}

/**
 * Builds the Kafka client from source into the cache, unless a usable one is there: about a minute and a half, once for
 * a user and version. Nothing is downloaded but the packages of ./kafka-client, whose lock pins them; their install
 * scripts, which would fetch a binary, do not run. Resolves to the folder.
 */
export async function ensureKafkaClient(env = process.env) {
  const folder = kafkaClientFolder(env);
  if (isKafkaClientUsable(folder)) return folder;
  mkdirSync(dirname(folder), { recursive: true });
  await withLock(`${folder}.lock`, async (shareWith) => {
    if (isKafkaClientUsable(folder)) return; // Someone else did it while we waited.
    checkTools(env);
    await during(`building the Kafka client ${version()} (once, about a minute and a half)`, () =>
      build(folder, env, shareWith),
    );
  });
  return folder;
}

function checkTools(env) {
  const compiler = env.CXX ?? "g++";
  const missing = ["python3", "make", compiler].filter((tool) => spawnSync(tool, ["--version"]).status !== 0);
  if (missing.length === 0) return;
  throw new BootstrapError(
    `building the Kafka client needs ${missing.join(", ")}. On Debian: apt-get install python3 make g++`,
  );
}

/** Built aside and moved into place: what is there is complete. */
async function build(folder, env, shareWith) {
  const draft = `${folder}.new`;
  rmSync(draft, { recursive: true, force: true });
  cpSync(source, join(draft, "build"), { recursive: true });
  await npmCi([...systemNpm(env)], join(draft, "build"), { ...env, npm_config_ignore_scripts: "true" }, shareWith);
  await compile(join(draft, "build"), env, `${folder}.log`, shareWith);
  collect(join(draft, "build", "node_modules"), join(draft, "node_modules"), env.STRIP ?? "strip");
  rmSync(join(draft, "build"), { recursive: true, force: true });
  if (!isKafkaClientUsable(draft)) throw new BootstrapError(`the Kafka client built, but does not load from ${draft}`);
  rmSync(folder, { recursive: true, force: true });
  renameSync(draft, folder);
}

async function compile(installed, env, log, shareWith) {
  const gyp = join(installed, "node_modules", "node-gyp", "bin", "node-gyp.js");
  rmSync(log, { force: true });
  const child = spawn(process.execPath, [gyp, "rebuild", ...ownHeaders()], {
    cwd: join(installed, "node_modules", NAME),
    env: buildEnvironment(env),
    stdio: ["ignore", "pipe", "pipe"],
  });
  shareWith(child.pid);
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => appendFileSync(log, chunk));
  const code = await new Promise((done, failed) => child.once("error", failed).once("close", done));
  if (code === 0) return rmSync(log, { force: true });
  const tail = readFileSync(log, "utf8").trimEnd().split("\n").slice(-15).join("\n");
  throw new BootstrapError(`the Kafka client did not build; ${log} has it all, and ends with:\n${tail}`);
}

/** The headers beside the Node that runs; where there are none, node-gyp looks for them itself. */
function ownHeaders() {
  const home = resolve(process.execPath, "..", "..");
  return existsSync(join(home, "include", "node", "node.h")) ? [`--nodedir=${home}`] : [];
}

function buildEnvironment(env) {
  // "dynamic" makes it build librdkafka from the sources in the package; "static" would download more of them.
  const building = { ...env, CKJS_LINKING: "dynamic" };
  // Its makefiles do not stand being run in parallel.
  for (const name of ["JOBS", "MAKEFLAGS", "npm_config_jobs", "npm_config_nodedir"]) delete building[name];
  return building;
}

/** What running it takes: a tenth of what building it took. */
function collect(from, to, strip) {
  const built = join(NAME, "build");
  const files = ["lib", "librdkafka.js", "package.json"].map((file) => join(NAME, file));
  const licences = readdirSync(join(from, NAME)).filter((file) => file.startsWith("LICENSE"));
  const libraries = readdirSync(join(from, built, "deps")).filter((file) => /\.(so\.\d+|dylib)$/.test(file));
  const native = [
    join(built, "Release", "confluent-kafka-javascript.node"),
    ...libraries.map((file) => join(built, "deps", file)),
  ];
  const all = [...files, ...licences.map((file) => join(NAME, file)), ...native, "bindings", "file-uri-to-path"];
  for (const path of all) cpSync(join(from, path), join(to, path), { recursive: true, dereference: true });
  // Debug information is nine tenths of them. Without `strip` they are large, and work.
  for (const path of native) spawnSync(strip, ["--strip-unneeded", join(to, path)], { stdio: "ignore" });
}
