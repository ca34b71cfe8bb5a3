/**
 * How a round went. What the loop does next: go on at once, wait for work, rest for a moment (some of it failed), or rest
 * longer each time (nothing succeeded).
 */
export type RoundResult = "more" | "idle" | "stumbled" | "failed";

/** Rounds, one after the other, until it is stopped. */
export interface RelayLoop {
  start(): void;
  /** Waits for the round under way. */
  stop(): Promise<void>;
  /** Whether it sits between two rounds with nothing to do. Not while it backs off. */
  readonly idle: boolean;
  /** Begins a round now, or right behind the one under way. Backing off, it goes on doing so. */
  wake(): void;
}

/** The longest an event waits that nobody was woken for. */
const POLL_MS = 500;
const FIRST_BACK_OFF_MS = 100;
const MAX_BACK_OFF_MS = 5000;

/** @param round must not reject */
export function createRelayLoop(round: () => Promise<RoundResult>): RelayLoop {
  let woken = false;
  let stopped = false;
  let waiting: "no" | "idle" | "backing off" = "no";
  let cut = (): void => undefined;
  let failures = 0;
  let running: Promise<void> = Promise.resolve();

  const wait = (ms: number, how: typeof waiting): Promise<void> => {
    if (stopped) return Promise.resolve();
    waiting = how;
    return new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      cut = () => {
        clearTimeout(timer);
        resolve();
      };
    }).finally(() => {
      waiting = "no";
    });
  };

  const rest = async (result: RoundResult): Promise<void> => {
    failures = result === "failed" ? failures + 1 : 0;
    if (result === "failed" || result === "stumbled") return wait(backOffMs(failures), "backing off");
    if (result === "idle" && !woken) return wait(POLL_MS * (0.8 + 0.4 * Math.random()), "idle");
  };

  const run = async (): Promise<void> => {
    while (!stopped) {
      woken = false;
      await rest(await round());
    }
  };

  return {
    get idle() {
      return waiting === "idle";
    },
    start: () => {
      running = run();
    },
    stop: async () => {
      stopped = true;
      cut();
      await running;
    },
    wake: () => {
      woken = true;
      if (waiting === "idle") cut();
    },
  };
}

const backOffMs = (failures: number): number =>
  Math.min(MAX_BACK_OFF_MS, FIRST_BACK_OFF_MS * 2 ** Math.max(0, failures - 1)) * (0.5 + Math.random() / 2);
