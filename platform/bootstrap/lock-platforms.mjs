#!/usr/bin/env node
// Completes package-lock.json after `npm install` on a machine whose registry does not serve every platform's packages.
//
// npm leaves an optional platform package it could not fetch out of the lock, without a word, and `npm ci` then refuses
// the lock everywhere ("Missing: @biomejs/cli-darwin-arm64@ from lock file"). This adds the missing entries: name,
// version, and the platform that the name tells, so that `npm ci` accepts the lock and each platform still gets its own.
//
//   node platform/bootstrap/lock-platforms.mjs           complete the locks
//   node platform/bootstrap/lock-platforms.mjs --check   change nothing; exit 1 when a lock is not fit for `npm ci`
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "..", "..");
const lockFiles = [
  "package-lock.json",
  "platform/bootstrap/toolchain/package-lock.json",
  "platform/bootstrap/kafka-client/package-lock.json",
];

const systems = {
  aix: "aix",
  android: "android",
  darwin: "darwin",
  freebsd: "freebsd",
  linux: "linux",
  netbsd: "netbsd",
  openbsd: "openbsd",
  openharmony: "openharmony",
  sunos: "sunos",
  win: "win32",
  win32: "win32",
  windows: "win32",
};
const processors = {
  64: "x64",
  aarch64: "arm64",
  arm: "arm",
  arm64: "arm64",
  armv7: "arm",
  ia32: "ia32",
  loong64: "loong64",
  mips64el: "mips64el",
  ppc64: "ppc64",
  ppc64le: "ppc64",
  riscv64: "riscv64",
  s390x: "s390x",
  x64: "x64",
};
const libraries = { gnu: "glibc", gnueabihf: "glibc", musl: "musl", musleabihf: "musl" };

/** What a name like `@oxc-parser/binding-linux-arm64-musl` says about where it runs. */
function platformOf(name) {
  const words = name.split(/[-/]/);
  const first = (table) => words.map((word) => (Object.hasOwn(table, word) ? table[word] : undefined)).find(Boolean);
  return { os: first(systems), cpu: first(processors), libc: first(libraries) };
}

/** The lock's entry that `name` resolves to from the package at `from`: its own node_modules first, then its parents'. */
function resolveEntry(packages, from, name) {
  for (let folder = from; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf("/node_modules/")))) {
    const entry = packages[folder === "" ? `node_modules/${name}` : `${folder}/node_modules/${name}`];
    if (entry !== undefined || folder === "") return entry;
    if (!folder.includes("/node_modules/")) folder = "";
  }
}

/** The entry for one package of another platform. npm reads `os`, `cpu` and `libc` and leaves it alone elsewhere. */
function stub(name, range, wantedBy) {
  const { os, cpu, libc } = platformOf(name);
  if (os === undefined) throw new Error(`${name} names no platform; run npm install again`);
  return {
    version: range.replace(/^[~^]/, ""),
    ...(cpu === undefined ? {} : { cpu: [cpu] }),
    ...(wantedBy.dev ? { dev: true } : {}),
    ...(libc === undefined ? {} : { libc: [libc] }),
    optional: true,
    os: [os],
  };
}

/** The entries the lock lacks, by their path in it. */
function missingEntries(packages) {
  const wanted = Object.entries(packages).flatMap(([from, entry]) =>
    Object.entries(entry.optionalDependencies ?? {}).map(([name, range]) => ({ from, entry, name, range })),
  );
  const missing = wanted.filter(({ from, name }) => resolveEntry(packages, from, name) === undefined);
  return Object.fromEntries(
    missing.map(({ name, range, entry }) => [`node_modules/${name}`, stub(name, range, entry)]),
  );
}

/** Registry addresses tie everyone to the registry of whoever wrote the lock. */
const addressesIn = (packages) =>
  Object.entries(packages).flatMap(([path, entry]) => (/^https?:/.test(entry.resolved ?? "") ? [path] : []));

function problemsOf(file) {
  const { packages } = JSON.parse(readFileSync(join(root, file), "utf8"));
  return [
    ...Object.keys(missingEntries(packages)).map((path) => `${file} lacks ${path}: run ${self}`),
    ...addressesIn(packages).map((path) => `${file} ties ${path} to one registry: delete its "resolved"`),
  ];
}

function complete(file) {
  const lock = JSON.parse(readFileSync(join(root, file), "utf8"));
  const missing = missingEntries(lock.packages);
  const all = Object.entries({ ...lock.packages, ...missing });
  lock.packages = Object.fromEntries(all.sort(([a], [b]) => a.localeCompare(b, "en")));
  const count = Object.keys(missing).length;
  if (count > 0) writeFileSync(join(root, file), `${JSON.stringify(lock, null, 2)}\n`);
  process.stdout.write(`${file}: ${count} added\n`);
}

const self = "node platform/bootstrap/lock-platforms.mjs";
if (process.argv.includes("--check")) {
  const problems = lockFiles.flatMap(problemsOf);
  for (const problem of problems) process.stderr.write(`${problem}\n`);
  process.exitCode = problems.length === 0 ? 0 : 1;
} else {
  lockFiles.forEach(complete);
}
