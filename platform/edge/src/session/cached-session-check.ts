import type { SessionCheck, ValidSession } from "../session-check.ts";

/** The longest that a revoked session may still be let in by a cache, in milliseconds. */
export const MAX_CACHE_MS = 5_000;
/** Sessions kept at most; the one kept longest makes room. */
const MAX_SESSIONS = 10_000;

interface Kept {
  readonly session: ValidSession;
  readonly untilMs: number;
}

/**
 * Keeps what is valid for `cacheMs`, counted from the question, not from the answer. A revoked session lives that much
 * longer. Never keeps a refusal or a failure.
 * @param cacheMs 1 to {@link MAX_CACHE_MS}
 * @throws RangeError out of these bounds
 */
export function cachedSessionCheck(check: SessionCheck, cacheMs: number): SessionCheck {
  if (!(cacheMs >= 1 && cacheMs <= MAX_CACHE_MS)) throw new RangeError(`cacheMs is ${cacheMs}; 1 to ${MAX_CACHE_MS}`);
  const kept = new Map<string, Kept>();
  return async (question) => {
    const nowMs = performance.now();
    const known = kept.get(question.token);
    if (known !== undefined && nowMs < known.untilMs) return known.session;
    kept.delete(question.token);
    const verdict = await check(question);
    if (verdict === "invalid") return verdict;
    for (const oldest of kept.keys()) {
      if (kept.size < MAX_SESSIONS) break;
      kept.delete(oldest);
    }
    kept.set(question.token, { session: verdict, untilMs: nowMs + cacheMs });
    return verdict;
  };
}
