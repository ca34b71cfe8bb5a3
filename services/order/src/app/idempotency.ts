import { createHash } from "node:crypto";
import { AppError } from "@gantry/kernel";
import type { KeptAnswer, KeyedRequest } from "./ports.ts";

/** The same text for the same request, whatever the order of its members. */
export function fingerprintOf(operation: string, request: unknown): string {
  return createHash("sha256").update(operation).update("\n").update(canonical(request)).digest("base64url");
}

/** @throws AppError IDEMPOTENCY_KEY_REUSED when the key was given for a different request. */
export function requireSameRequest(kept: KeptAnswer, request: KeyedRequest): void {
  if (kept.fingerprint === request.fingerprint) return;
  throw new AppError({
    kind: "unprocessable",
    reason: "IDEMPOTENCY_KEY_REUSED",
    message: "This Idempotency-Key was used for a different request. Use a new key for a new request.",
    details: { order_uuid: kept.orderUuid },
  });
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, member: unknown) => (isPlainObject(member) ? sorted(member) : member)) ?? "";
}

const isPlainObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const sorted = (object: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(object).sort(([a], [b]) => (a < b ? -1 : 1)));
