import { type FSWatcher, watch } from "node:fs";
import { relative, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import type { Fleet } from "./fleet.ts";
import type { ServiceSpec } from "./topology.ts";

const root = fileURLToPath(new URL("../../../", import.meta.url));
/** Long enough for an editor, or a generator, to write all its files. */
const SETTLE_MS = 250;

/**
 * Restarts services when sources change: the one whose folder a file is in, or all of them when it is in what they share.
 * Restarts come one after another; changes in the meantime are collected. Returns what ends the watching.
 */
export function watchSources(fleet: Fleet, services: readonly ServiceSpec[], say: (text: string) => void): () => void {
  const changed = new Set<string>();
  let timer: NodeJS.Timeout | undefined;
  let busy = Promise.resolve();

  const restart = async () => {
    const names = affected(services, changed);
    changed.clear();
    for (const name of names) {
      say(`${name} changed; starting it again`);
      await fleet.restart(name).then(
        () => say(`${name} is ready again`),
        (error: unknown) => say(error instanceof Error ? error.message : String(error)),
      );
    }
  };
  const onChange = (path: string) => {
    changed.add(path);
    clearTimeout(timer);
    timer = setTimeout(() => {
      busy = busy.then(restart);
    }, SETTLE_MS);
  };

  const folders = [...services.map(({ directory }) => directory), resolve(root, "platform"), resolve(root, "gen")];
  const watchers = folders.map((folder) => watchFolder(folder, onChange));
  return () => {
    clearTimeout(timer);
    for (const watcher of watchers) watcher.close();
  };
}

function watchFolder(folder: string, onChange: (path: string) => void): FSWatcher {
  return watch(folder, { recursive: true }, (_event, file) => {
    if (file !== null && matters(file)) onChange(resolve(folder, file));
  });
}

/** Sources and migrations: not tests, not what builds and tests write. */
export function matters(file: string): boolean {
  const folders = file.split(sep);
  if (folders.some((folder) => ["node_modules", "dist", "test", "coverage", ".turbo"].includes(folder))) return false;
  return /\.(ts|js|mjs|json|sql)$/.test(file) && !file.endsWith(".test.ts");
}

/** Which services the changed files belong to. */
export function affected(services: readonly ServiceSpec[], changed: ReadonlySet<string>): readonly string[] {
  const owner = (path: string) => services.find(({ directory }) => !relative(directory, path).startsWith(".."));
  const owners = [...changed].map(owner);
  const shared = owners.includes(undefined);
  return services.filter((spec) => shared || owners.includes(spec)).map(({ name }) => name);
}
