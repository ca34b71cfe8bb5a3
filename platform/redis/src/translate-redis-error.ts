import { AppError } from "@gantry/kernel";
import { ErrorReply } from "@redis/client";

/** What a server answers that cannot work now, or not for us: all but these are mistakes in our commands. */
const unavailableReplies = new Set([
  ...["LOADING", "BUSY", "TRYAGAIN", "MASTERDOWN", "CLUSTERDOWN", "NOREPLICAS", "READONLY", "UNBLOCKED"],
  // Full, and told to evict nothing; or its disk is.
  ...["OOM", "MISCONF"],
  ...["NOAUTH", "WRONGPASS", "NOPERM"],
]);

/**
 * Turns what the Redis client throws into an AppError; an AppError comes back as it is. Everything that keeps Redis from
 * answering is `unavailable`, and leaves open whether a command took effect.
 *
 * The server's own words stand in `meta` without the arguments it repeats: those of a handshake hold the password.
 */
export function translateRedisError(error: unknown): AppError {
  if (AppError.is(error)) return error;
  if (error instanceof ErrorReply) return translateReply(error.message);
  if (error instanceof TypeError) return AppError.from(error);
  return unavailable({ cause: error });
}

/** Redis cannot be asked. */
export const unavailable = (facts: { readonly cause?: unknown; readonly meta?: Readonly<Record<string, unknown>> }) =>
  new AppError({
    kind: "unavailable",
    reason: "REDIS_UNAVAILABLE",
    message: "A store cannot be reached at the moment.",
    retryAfterSec: 1,
    ...facts,
  });

function translateReply(message: string): AppError {
  const [reply = ""] = message.split(/,? with args/, 1);
  const code = /^[A-Z]+/.exec(reply)?.[0] ?? "ERR";
  const meta = { code, reply: reply.slice(0, 200) };
  if (unavailableReplies.has(code)) return unavailable({ meta });
  return new AppError({ kind: "internal", reason: "INTERNAL", message: "Something went wrong on our side.", meta });
}
