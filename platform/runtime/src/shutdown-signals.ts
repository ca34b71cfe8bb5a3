import type { Signal } from "./process-host.ts";

/** A second signal of another kind this soon belongs to the first: a terminal and a supervisor both told us. */
const SAME_WISH_MS = 1000;

/** What a shell reports for a process that a signal ended. */
const exitCodes: Readonly<Record<Signal, number>> = { SIGINT: 130, SIGTERM: 143 };

/**
 * Makes a listener that calls `first` on the first signal and `again`, with the exit code to use, on the second. Ctrl-C
 * reaches the whole process group and the launcher then sends SIGTERM as well: that counts as one.
 * @param now a clock that never steps back, in milliseconds
 */
export function shutdownSignals(
  first: (signal: Signal) => void,
  again: (exitCode: number) => void,
  now: () => number = () => performance.now(),
): (signal: Signal) => void {
  let seen: { readonly signal: Signal; readonly atMs: number } | undefined;
  return (signal) => {
    const before = seen;
    seen ??= { signal, atMs: now() };
    if (before === undefined) first(signal);
    else if (signal === before.signal || now() - before.atMs >= SAME_WISH_MS) again(exitCodes[signal]);
  };
}
