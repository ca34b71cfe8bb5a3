import type { Fail, Unknown } from "./call.ts";

/**
 * Reads a refusal. Below 500 the system says that this attempt did nothing; from 500 on it failed at work, and nobody knows
 * what it has done before.
 */
export function refusal(status: number, code: string): Fail | Unknown {
  return status < 500 ? { kind: "fail", status, code } : { kind: "unknown", why: `${status} ${code}` };
}

/** The connection broke, or the time ran out. */
export function broken(error: unknown): Unknown {
  if (!(error instanceof Error)) return { kind: "unknown", why: String(error) };
  const cause = error.cause instanceof Error ? `: ${error.cause.message}` : "";
  return { kind: "unknown", why: `${error.name} ${error.message}${cause}` };
}
