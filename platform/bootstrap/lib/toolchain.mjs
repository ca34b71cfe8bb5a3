import { cpSync, existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { withLock } from "./lock.mjs";
import { systemNpm } from "./outer-npm.mjs";
import { BootstrapError } from "./problems.mjs";
import { npmCi } from "./run-npm.mjs";
import { during } from "./say.mjs";
import { isStamped, stampOf, writeStamp } from "./stamp.mjs";

const WANTED_MAJOR = 24;
/** Platforms whose Node is on npm; ./toolchain/package.json lists the same. */
const packaged = ["linux-x64", "linux-arm64"];

/**
 * A Node 24 with npm: `path` goes in front of PATH, `npm` is its command line, `env` what it needs.
 *
 * The system's when it is Node 24; else the pinned packages of ./toolchain, installed into .toolchain once. Where those
 * do not exist (macOS) a newer system Node will do.
 */
export async function ensureToolchain(root, env) {
  const major = Number(process.versions.node.split(".")[0]);
  if (major === WANTED_MAJOR) return system();
  const platform = `${process.platform}-${process.arch}`;
  if (packaged.includes(platform)) return await pinned(root, env);
  if (major > WANTED_MAJOR) return system();
  throw new BootstrapError(
    `Node ${process.versions.node} is too old, and npm has no Node ${WANTED_MAJOR} for ${platform} to use instead. ` +
      `Install Node ${WANTED_MAJOR} or newer and run the same command again.`,
  );
}

/** What is there now, without installing anything. */
export function presentToolchain(root) {
  const folder = join(root, ".toolchain");
  return existsSync(nodeOf(folder)) ? fromFolder(folder) : system();
}

const system = () => ({ npm: systemNpm(), path: [dirname(process.execPath)], env: {} });

const nodeOf = (folder) => join(folder, "node_modules", `node-${process.platform}-${process.arch}`, "bin", "node");

const fromFolder = (folder) => ({
  npm: [nodeOf(folder), join(folder, "node_modules", "npm", "bin", "npm-cli.js")],
  // By its own folder: npm 10 makes no .bin link for it.
  path: [dirname(nodeOf(folder)), join(folder, "node_modules", ".bin")],
  // Native modules are built against this Node's headers, whatever the user's npmrc says.
  env: { npm_config_nodedir: join(nodeOf(folder), "..", "..") },
});

async function pinned(root, env) {
  const folder = join(root, ".toolchain");
  const source = join(root, "platform", "bootstrap", "toolchain");
  const stamp = stampOf([join(source, "package-lock.json")]);
  const stampFile = join(folder, ".stamp");
  const isThere = () => isStamped(stampFile, stamp) && existsSync(nodeOf(folder));
  if (!isThere()) {
    await withLock(join(root, ".gantry", "install.lock"), async (shareWith) => {
      if (isThere()) return; // Someone else did it while we waited.
      await during(`installing Node ${WANTED_MAJOR} beside your ${process.version} (once, about 60 MB)`, () =>
        install(source, folder, env, shareWith),
      );
      writeStamp(stampFile, stamp);
    });
  }
  return fromFolder(folder);
}

/** Installed aside and moved into place: an interrupted download leaves the old one alone. */
async function install(source, folder, env, shareWith) {
  const draft = `${folder}.new`;
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(draft, { recursive: true });
  for (const file of ["package.json", "package-lock.json"]) cpSync(join(source, file), join(draft, file));
  await npmCi(systemNpm(), draft, env, shareWith);
  if (!existsSync(nodeOf(draft))) throw new BootstrapError(`npm installed no Node for ${process.arch} into ${draft}`);
  rmSync(folder, { recursive: true, force: true });
  renameSync(draft, folder);
}
