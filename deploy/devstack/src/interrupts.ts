/** What the person at the keyboard, or the machine that goes down, wants. */
export interface Interrupts {
  /** Resolves at the first signal. */
  readonly first: Promise<void>;
  /** Ends this process at a second signal, after `act`; before this was called, at the first one. */
  onSecond(act: () => void): void;
}

/** npm and the terminal may both deliver the same Ctrl-C. */
const SAME_MS = 500;
const EXIT_INTERRUPTED = 130;

/**
 * Listens for SIGINT, SIGTERM and SIGHUP. Until `onSecond` is called nothing runs that could be stopped in order: the
 * first signal ends this process, and its guard ends what it had started.
 */
export function listenForInterrupts(): Interrupts {
  let act: (() => void) | undefined;
  let firstAt: number | undefined;
  const { promise, resolve } = Promise.withResolvers<void>();
  const onSignal = () => {
    const now = Date.now();
    if (act === undefined) process.exit(EXIT_INTERRUPTED);
    if (firstAt === undefined) {
      firstAt = now;
      resolve();
    } else if (now - firstAt > SAME_MS) {
      act();
      process.exit(EXIT_INTERRUPTED);
    }
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, onSignal);
  return {
    first: promise,
    onSecond(wanted) {
      act = wanted;
    },
  };
}
