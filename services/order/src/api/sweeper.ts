import { setTimeout as pause } from "node:timers/promises";
import type { Component } from "@gantry/runtime";
import type { Logger } from "@gantry/telemetry";
import type { Sweep } from "../app/sweep.ts";

export interface SweeperOptions {
  readonly sweep: Sweep;
  /** Between two rounds, plus or minus a fifth so that replicas do not march in step. */
  readonly intervalMs: number;
  readonly logger: Logger;
}

/** Runs the sweep again and again until it is stopped; stopping waits for the round under way. */
export class Sweeper implements Component {
  readonly name = "sweeper";
  readonly #options: SweeperOptions;
  readonly #stopping = new AbortController();
  #running: Promise<void> = Promise.resolve();

  constructor(options: SweeperOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    this.#running = this.#loop(this.#stopping.signal);
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  async #loop(signal: AbortSignal): Promise<void> {
    const { intervalMs } = this.#options;
    while (!signal.aborted) {
      await this.#round(signal);
      await pause(intervalMs * (0.8 + 0.4 * Math.random()), undefined, { signal }).catch(() => undefined);
    }
  }

  async #round(signal: AbortSignal): Promise<void> {
    const { sweep, logger } = this.#options;
    try {
      const finished = await sweep.run(signal);
      if (finished > 0) logger.info({ orders: finished }, "took up unfinished payments");
    } catch (error) {
      logger.warn({ err: error }, "the sweep failed and will be tried again");
    }
  }
}
