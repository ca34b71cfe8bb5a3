import { setTimeout as delay } from "node:timers/promises";

/** How long and how often {@link eventually} tries. */
export interface EventuallyOptions {
  /** Milliseconds until it gives up. Default 20,000. */
  readonly withinMs?: number;
  /** Milliseconds between two tries. Default 20. */
  readonly everyMs?: number;
}

/**
 * Calls `probe` until it neither throws nor answers `false`, and returns its answer.
 *
 * For states that nothing announces; await an event where there is one. Tries at least once, never two at a time, and
 * counts a probe that hangs as failed at the deadline.
 *
 * @throws Error naming the deadline, with the last failure as its cause.
 */
export async function eventually<T>(probe: () => T | Promise<T>, options: EventuallyOptions = {}): Promise<T> {
  const { withinMs = 20_000, everyMs = 20 } = options;
  const deadline = Date.now() + withinMs;
  for (;;) {
    const attempt = await settle(probe, Math.max(1, deadline - Date.now()));
    if (attempt.ok) return attempt.value;
    if (Date.now() >= deadline) {
      throw new Error(`not so within ${withinMs} ms: ${describe(attempt.failure)}`, { cause: attempt.failure });
    }
    await delay(everyMs);
  }
}

type Attempt<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly failure: unknown };

async function settle<T>(probe: () => T | Promise<T>, withinMs: number): Promise<Attempt<T>> {
  const timer = new AbortController();
  const late = delay(withinMs, undefined, { signal: timer.signal }).then(
    (): Attempt<T> => ({ ok: false, failure: new Error("the probe did not answer") }),
    (): Attempt<T> => ({ ok: false, failure: new Error("unreachable") }),
  );
  try {
    return await Promise.race([answerOf(probe), late]);
  } finally {
    timer.abort();
  }
}

async function answerOf<T>(probe: () => T | Promise<T>): Promise<Attempt<T>> {
  try {
    const value = await probe();
    return value === false ? { ok: false, failure: new Error("the probe answered false") } : { ok: true, value };
  } catch (failure) {
    return { ok: false, failure };
  }
}

function describe(failure: unknown): string {
  return failure instanceof Error ? failure.message : String(failure);
}
