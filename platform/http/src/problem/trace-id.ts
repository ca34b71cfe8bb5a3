import { randomUUID } from "node:crypto";
import { activeTraceId } from "@gantry/telemetry";

const invalid = "0".repeat(32);

/** A trace id that can be quoted: the given one, or a new one when nothing is traced. (A UUID is 122 random bits, made ten times faster than by randomBytes.) */
export const quotableTraceId = (traceId: string | undefined = activeTraceId()): string =>
  traceId === undefined || traceId === invalid ? randomUUID().replaceAll("-", "") : traceId;
