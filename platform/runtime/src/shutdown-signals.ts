/** A second signal of another kind this soon belongs to the first: a terminal and a supervisor both told us. */
const SAME_WISH_MS = 1000;

const exitCodes = { SIGINT: 130, SIGTERM: 143 } as const;
type Signal = keyof typeof exitCodes;

/**
 * Calls `first` on the first SIGTERM or SIGINT and `again`, with the exit code to use, on the second. Ctrl-C reaches the
 * whole process group and the launcher then sends SIGTERM as well: that counts as one.
 */
export function onShutdownSignal(first: (signal: Signal) => void, again: (exitCode: number) => void): void {
  let seen: { readonly signal: Signal; readonly atMs: number } | undefined;
  const hear = (signal: Signal): void => {
    const nowMs = performance.now();
    const before = seen;
    seen ??= { signal, atMs: nowMs };
    if (before === undefined) first(signal);
    else if (signal === before.signal || nowMs - before.atMs >= SAME_WISH_MS) again(exitCodes[signal]);
  };
  process.on("SIGTERM", hear);
  process.on("SIGINT", hear);
}
