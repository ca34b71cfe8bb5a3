import fs from "node:fs";
import { delimiter, join } from "node:path";
import { withLock } from "./lock.mjs";
import { npmCi } from "./run-npm.mjs";
import { during, say } from "./say.mjs";
import { isStamped, stampOf, writeStamp } from "./stamp.mjs";

const NEEDED_MB = 800;

/** Installs node_modules exactly as package-lock.json says, unless that is what is there. */
export async function ensureDependencies(root, toolchain, env) {
  const stamp = stampOf([join(root, "package-lock.json")]);
  const stampFile = join(root, "node_modules", ".gantry-stamp");
  if (isStamped(stampFile, stamp)) return;
  await withLock(join(root, ".gantry", "install.lock"), async (shareWith) => {
    if (isStamped(stampFile, stamp)) return; // Someone else did it while we waited.
    warnOfFullDisk(root);
    const path = [...toolchain.path, env.PATH].join(delimiter);
    await during("installing dependencies (once per change of package-lock.json)", () =>
      npmCi(toolchain.npm, root, { ...env, ...toolchain.env, PATH: path }, shareWith),
    );
    writeStamp(stampFile, stamp);
  });
}

function warnOfFullDisk(root) {
  const disk = fs.statfsSync?.(root); // Node 18.15 and newer
  if (disk === undefined) return;
  const freeMb = Math.floor((disk.bavail * disk.bsize) / 2 ** 20);
  if (freeMb < NEEDED_MB) say(`only ${freeMb} MB are free on this disk; the installation needs about ${NEEDED_MB} MB`);
}
