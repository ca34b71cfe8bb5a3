import { type ChildProcess, spawn } from "node:child_process";
import type { Writable } from "node:stream";
import { fileURLToPath } from "node:url";

/** What happens to a guarded process when this one is gone. */
export interface GuardOptions {
  /** The signal it gets first. Default SIGTERM. */
  readonly signal?: "SIGTERM" | "SIGINT";
  /** Milliseconds it has from then on until SIGKILL. Default 3,000. */
  readonly graceMs?: number;
  /** Signal its whole process group; it must lead one (`detached: true`). Default false. */
  readonly group?: boolean;
}

/**
 * Makes sure that `child` does not outlive this process, however this one ends, `kill -9` included.
 *
 * One helper process per process holds a pipe to us; when the pipe closes it ends what we guarded, after checking that
 * the pid still belongs to the same process. It costs about 40 MB while it runs, keeps neither process alive, and
 * forgets a child that has ended. Works on Linux and macOS. Does not block; calling it again replaces the options.
 */
export function guard(child: ChildProcess, options: GuardOptions = {}): void {
  const { pid } = child;
  if (pid === undefined) return;
  const { signal = "SIGTERM", graceMs = 3_000, group = false } = options;
  order({ pid, signal, graceMs, group });
  child.once("exit", () => order({ pid, forget: true }));
}

/**
 * Deletes a temporary folder when this process ends without having done so itself, `kill -9` included: after the guarded
 * processes have gone. Returns what takes the order back; call it when the folder is deleted.
 */
export function guardFolder(folder: string): () => void {
  order({ folder });
  return () => order({ folder, forget: true });
}

/** Starts the helper ahead of the first child, so that a child is guarded from its first moment. */
export function startGuard(): void {
  helper ??= startHelper();
}

let helper: Writable | undefined;

function order(message: object): void {
  startGuard();
  helper?.write(`${JSON.stringify(message)}\n`);
}

function startHelper(): Writable {
  // Runs from source (.ts, types stripped by Node) and from dist (.js) alike.
  const script = new URL(
    import.meta.url.endsWith(".ts") ? "./guard-process.ts" : "./guard-process.js",
    import.meta.url,
  );
  const child = spawn(process.execPath, [fileURLToPath(script)], {
    cwd: "/",
    detached: true,
    env: {},
    stdio: ["pipe", "ignore", "ignore"],
  });
  child.unref();
  // A guard that died must not take its starter along with EPIPE.
  child.stdin.on("error", () => {});
  if ("unref" in child.stdin && typeof child.stdin.unref === "function") child.stdin.unref();
  return child.stdin;
}
