import fs from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { versionOf } from "./run.mjs";

/** Platforms with Node on npm (platform/bootstrap/toolchain) and with PostgreSQL on npm (platform/testing). */
const withNode = ["linux-x64", "linux-arm64"];
const withPostgres = [...withNode, "darwin-x64", "darwin-arm64"];
const NEEDED_MB = 1_000;

export async function requiredChecks(root) {
  return [
    nodeCheck(),
    npmCheck(),
    platformCheck(),
    diskCheck(root),
    writeCheck(root),
    cacheCheck(),
    installCheck(root),
  ];
}

const major = Number(process.versions.node.split(".")[0]);
const platform = `${process.platform}-${process.arch}`;

function nodeCheck() {
  const name = "Node";
  if (major >= 24) return { state: "ok", name, text: process.version };
  const pinned = withNode.includes(platform);
  if (pinned && major >= 18) return { state: "ok", name, text: `${process.version}; npm start brings its own Node 24` };
  return { state: "bad", name, text: `${process.version}; install Node ${pinned ? "18" : "24"} or newer` };
}

function npmCheck() {
  const version = versionOf("npm");
  return version === undefined
    ? { state: "bad", name: "npm", text: "not on the PATH; it comes with Node" }
    : { state: "ok", name: "npm", text: version };
}

function platformCheck() {
  const ok = withPostgres.includes(platform);
  const text = ok ? platform : `${platform} has no embedded PostgreSQL; on Windows use WSL`;
  return { state: ok ? "ok" : "bad", name: "platform", text };
}

function diskCheck(root) {
  const disk = fs.statfsSync?.(root); // Node 18.15 and newer
  if (disk === undefined) return { state: "info", name: "disk", text: "unknown to this Node" };
  const freeMb = Math.floor((disk.bavail * disk.bsize) / 2 ** 20);
  const text = `${(freeMb / 1_024).toFixed(1)} GB free; about ${NEEDED_MB / 1_000} GB needed`;
  return { state: freeMb < NEEDED_MB ? "bad" : "ok", name: "disk", text };
}

function writeCheck(root) {
  const ok = canWrite(root);
  const text = ok ? root : `${root} is not writable for you; clone into a folder of yours`;
  return { state: ok ? "ok" : "bad", name: "folder", text };
}

/** The bootstrap makes do with a cache in the clone. */
function cacheCheck() {
  const ok = canWrite(homedir());
  return {
    state: ok ? "ok" : "info",
    name: "home",
    text: ok ? homedir() : "not writable; npm's cache goes to .gantry/",
  };
}

function installCheck(root) {
  const stamped = fs.existsSync(join(root, "node_modules", ".gantry-stamp"));
  const text = stamped ? "installed" : "not installed yet; the first npm start does it, about a minute";
  return { state: stamped ? "ok" : "info", name: "dependencies", text };
}

function canWrite(folder) {
  try {
    fs.accessSync(folder, fs.constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
