/** Work in rounds that can be woken. */
export interface Loop {
  start(): void;
  /** Begins a round now, or right behind the one under way. */
  wake(): void;
  /** Waits for the round under way. Idempotent. */
  stop(): Promise<void>;
}

/**
 * Runs `run` when it is woken, when it says that there is more, and else after the interval, give or take a fifth. `run` must
 * not reject.
 */
export function createLoop(intervalMs: number, run: () => Promise<boolean>): Loop {
  let stopped = false;
  let woken = false;
  let ring = (): void => undefined;
  let running: Promise<void> = Promise.resolve();

  async function rest(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, intervalMs * (0.8 + 0.4 * Math.random()));
    ring = resolve;
    await promise;
    clearTimeout(timer);
  }

  async function loop(): Promise<void> {
    while (!stopped) {
      woken = false;
      const more = await run();
      if (!more && !woken && !stopped) await rest();
    }
  }

  const wake = (): void => {
    woken = true;
    ring();
  };
  return {
    start: () => {
      running = loop();
    },
    wake,
    stop: async () => {
      stopped = true;
      wake();
      await running;
    },
  };
}
