import type { KnownFields } from "./request-head.ts";

const unitMs: Readonly<Record<string, number>> = { H: 3_600_000, M: 60_000, S: 1_000, m: 1, u: 0.001, n: 0.000_001 };

/** How long the client itself will wait, in milliseconds; infinite when it does not say so, or not well. */
export function clientTimeoutMs(known: KnownFields): number {
  const connect = known["connect-timeout-ms"];
  if (connect !== undefined && /^\d{1,10}$/.test(connect)) return Number(connect);
  const [, amount, unit = ""] = /^(\d{1,8})([HMSmun])$/.exec(known["grpc-timeout"] ?? "") ?? [];
  return amount === undefined ? Number.POSITIVE_INFINITY : Number(amount) * (unitMs[unit] ?? Number.POSITIVE_INFINITY);
}
