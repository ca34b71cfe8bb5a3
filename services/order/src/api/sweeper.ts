import { createWorker, type Worker } from "@gantry/runtime";
import type { Logger } from "@gantry/telemetry";
import type { Sweep } from "../app/sweep.ts";

export interface SweeperOptions {
  readonly sweep: Sweep;
  /** The longest wait between two rounds; a deadline that is known comes sooner. */
  readonly intervalMs: number;
  readonly logger: Logger;
}

/** Runs the sweep again and again, and at the next deadline. */
export const createSweeper = ({ sweep, intervalMs, logger }: SweeperOptions): Worker =>
  createWorker({
    name: "sweeper",
    intervalMs,
    logger,
    run: async (signal) => {
      const { orders, ...next } = await sweep.run(signal);
      if (orders > 0) logger.info({ orders }, "took up orders that nobody finished in time");
      return next;
    },
  });
