import { createLogger, type Logger, silentLogger } from "@gantry/telemetry";
import { pino } from "pino";
import { contest } from "./contest.ts";
import type { Contender, Rounds } from "./measure.ts";

/** Lines between two looks at the clock, which would otherwise be what is measured. */
const BATCH = 1000;
const destination = { write: (): void => undefined };
const fields = { method: "POST", route: "/api/v1/orders/{order_uuid}/pay", status: 200, ms: 12.5 };

/** What a line costs without anything being written. */
export async function benchLogger(rounds: Rounds): Promise<void> {
  await contest("a log line with four fields, written nowhere", rounds, [
    lines("bare pino", pino({ messageKey: "message" }, destination)),
    lines("@gantry/telemetry", createLogger({ service: "bench", destination })),
    lines("@gantry/telemetry, silent", silentLogger),
  ]);
}

const lines = (name: string, logger: Pick<Logger, "info">): Contender => ({
  name,
  async round(durationMs) {
    const start = performance.now();
    let count = 0;
    for (; performance.now() - start < durationMs; count += BATCH) {
      for (let line = 0; line < BATCH; line++) logger.info(fields, "request");
    }
    const elapsedMs = performance.now() - start;
    return { perSecond: (count * 1000) / elapsedMs, p50Ms: elapsedMs / count, p99Ms: Number.NaN };
  },
  close: async () => undefined,
});
