import { randomBytes } from "node:crypto";
import { activeTraceId } from "@gantry/telemetry";

const invalid = "0".repeat(32);

/** A trace id that can be quoted: the given one, or a new one when nothing is traced. */
export const quotableTraceId = (traceId: string | undefined = activeTraceId()): string =>
  traceId === undefined || traceId === invalid ? randomBytes(16).toString("hex") : traceId;
