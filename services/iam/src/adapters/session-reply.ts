import { isUuid } from "@gantry/kernel";
import type { StoredSession } from "../app/ports.ts";

/**
 * A session as the scripts give it: token hash, id, user, epoch, created, expires, seen, all of them texts. Undefined for
 * what is no session of ours, whoever wrote it.
 */
export function toSession(reply: unknown): StoredSession | undefined {
  if (!Array.isArray(reply)) return undefined;
  const [tokenHash, sessionUuid, userUuid, epoch, createdAt, expiresAt, lastSeenAt]: unknown[] = reply;
  const session = {
    sessionUuid: text(sessionUuid, isUuid),
    userUuid: text(userUuid, isUuid),
    tokenHash: text(tokenHash, isSha256),
    epoch: wholeNumber(epoch),
    createdAt: date(createdAt),
    expiresAt: date(expiresAt),
    lastSeenAt: date(lastSeenAt),
  };
  return isComplete(session) ? session : undefined;
}

const isSha256 = (value: string): boolean => /^[0-9a-f]{64}$/.test(value);

const text = (value: unknown, fits: (value: string) => boolean): string | undefined =>
  typeof value === "string" && fits(value) ? value : undefined;

function wholeNumber(value: unknown): number | undefined {
  const digits = text(value, (one) => /^\d{1,15}$/.test(one));
  return digits === undefined ? undefined : Number(digits);
}

function date(value: unknown): Date | undefined {
  const millis = wholeNumber(value);
  return millis === undefined ? undefined : new Date(millis);
}

function isComplete<T extends object>(parts: T): parts is T & { [Part in keyof T]: NonNullable<T[Part]> } {
  return Object.values(parts).every((part) => part !== undefined);
}
