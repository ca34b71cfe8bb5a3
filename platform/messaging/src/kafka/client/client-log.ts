import type { Logger } from "@gantry/telemetry";
import type { RdError, RdLog } from "./rd-kafka.ts";

const EVERY_MS = 30_000;
const ERROR = 3;
const WARNING = 4;

/** Takes what clients say. */
export interface ClientLog {
  readonly line: (line: RdLog) => void;
  readonly error: (error: RdError) => void;
}

/**
 * Writes what librdkafka says to our log: each kind of line once in half a minute, with the number of those left out. A
 * broker that is away makes it say several things a second, for each connection.
 */
export function createClientLog(logger: Logger): ClientLog {
  const kinds = new Map<string, { saidAt: number; leftOut: number }>();
  const admit = (kind: string): number | undefined => {
    const known = kinds.get(kind);
    if (known !== undefined && Date.now() - known.saidAt < EVERY_MS) {
      known.leftOut++;
      return undefined;
    }
    kinds.set(kind, { saidAt: Date.now(), leftOut: 0 });
    return known?.leftOut ?? 0;
  };
  return {
    line({ severity, fac, message }) {
      if (severity > WARNING) return;
      const leftOut = admit(fac);
      if (leftOut === undefined) return;
      const fields = { kafka_facility: fac, kafka_message: message, left_out: leftOut };
      if (severity <= ERROR) logger.warn(fields, "kafka client: error");
      else logger.info(fields, "kafka client: warning");
    },
    error({ message }) {
      const leftOut = admit(message);
      if (leftOut === undefined) return;
      logger.warn({ kafka_message: message, left_out: leftOut }, "kafka reports an error");
    },
  };
}
