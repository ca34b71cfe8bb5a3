/** A loop that works in rounds until it is stopped. */
export interface Rounds {
  start(): void;
  /** Waits for the round under way. Idempotent. */
  stop(): Promise<void>;
}

/**
 * Runs `run` again and again, at once when it says that there is more, else after the interval, give or take a fifth so that
 * replicas do not march in step. `run` must not reject.
 */
export function createRounds(intervalMs: number, run: (signal: AbortSignal) => Promise<boolean>): Rounds {
  const stopping = new AbortController();
  let running: Promise<void> = Promise.resolve();

  async function loop(): Promise<void> {
    while (!stopping.signal.aborted) {
      const more = await run(stopping.signal);
      if (!more) await pause(intervalMs * (0.8 + 0.4 * Math.random()), stopping.signal);
    }
  }

  return {
    start: () => {
      running = loop();
    },
    stop: async () => {
      stopping.abort();
      await running;
    },
  };
}

/** A wait that the signal ends. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  await orAborted(promise, signal);
  clearTimeout(timer);
}

/** Waits for work, or until the signal is aborted: then the work goes on without anybody. Leaves nothing on the signal. */
export async function orAborted(work: Promise<void>, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  const end = (): void => resolve();
  signal.addEventListener("abort", end, { once: true });
  try {
    await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener("abort", end);
  }
}
