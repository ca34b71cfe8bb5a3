import type { Logger } from "@gantry/telemetry";
import type { Component } from "./component.ts";

/** What a round found out about the next one. */
export interface Round {
  /** There is more to do: go on without waiting. */
  readonly more?: boolean;
  /** Something is due in this many milliseconds: a hint, which can only make the wait shorter. */
  readonly dueInMs?: number | undefined;
}

/** A loop that works in rounds. */
export interface WorkerOptions {
  /** For logs: lower-case kebab. */
  readonly name: string;
  /** The longest wait between two rounds, give or take a fifth so that replicas do not march in step. */
  readonly intervalMs: number;
  readonly logger: Logger;
  /**
   * One round of work. Whatever it throws is logged and tried again after the interval, doubling up to ten times of it. The
   * signal is aborted when the worker stops.
   */
  run(signal: AbortSignal): Promise<Round>;
}

/** A part of a service that works in rounds until it is stopped. Stopping waits for the round under way. */
export interface Worker extends Component {
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Begins a round now, or right behind the one under way. A hint: correctness never depends on it. */
  wake(): void;
}

const MAX_BACK_OFF = 10;

/** Makes a worker. Safe on every replica at once if its rounds are. */
export function createWorker({ name, intervalMs, logger, run }: WorkerOptions): Worker {
  const stopping = new AbortController();
  const alarm = createAlarm(stopping.signal);
  let failures = 0;
  let running: Promise<void> = Promise.resolve();

  async function round(): Promise<Round> {
    try {
      const result = await run(stopping.signal);
      failures = 0;
      return result;
    } catch (error) {
      failures += 1;
      if (!stopping.signal.aborted) logger.warn({ err: error, worker: name, failures }, "round failed");
      return {};
    }
  }

  function waitMs({ more, dueInMs }: Round): number {
    if (more) return 0;
    const backOff = failures === 0 ? 1 : Math.min(2 ** (failures - 1), MAX_BACK_OFF);
    const longest = intervalMs * backOff * (0.8 + 0.4 * Math.random());
    return Math.min(longest, Math.max(0, dueInMs ?? longest));
  }

  async function loop(): Promise<void> {
    while (!stopping.signal.aborted) {
      alarm.reset();
      await alarm.ring(waitMs(await round()));
    }
  }

  return {
    name,
    start: async () => {
      running = loop();
    },
    stop: async () => {
      stopping.abort();
      await running;
    },
    wake: alarm.trigger,
  };
}

/** A wait that can be cut short, also before it has begun. */
function createAlarm(signal: AbortSignal) {
  let woken = false;
  let cut = (): void => undefined;
  const trigger = (): void => {
    woken = true;
    cut();
  };
  signal.addEventListener("abort", trigger);
  return {
    trigger,
    reset: (): void => {
      woken = false;
    },
    ring: (ms: number): Promise<void> => {
      if (woken) return Promise.resolve();
      return new Promise((resolve) => {
        const timer = setTimeout(resolve, ms);
        cut = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    },
  };
}
