import { setTimeout as delay } from "node:timers/promises";

const POLL_MS = 50;
const ANSWER_WITHIN_MS = 2_000;

/** Resolves when `readyUrl` answers 200; `signal` ends the waiting with its reason. */
export async function untilReady(readyUrl: string, signal: AbortSignal): Promise<void> {
  while (!(await isReady(readyUrl, signal))) await delay(POLL_MS, undefined, { signal });
}

async function isReady(readyUrl: string, signal: AbortSignal): Promise<boolean> {
  try {
    const answer = await fetch(readyUrl, {
      signal: AbortSignal.any([signal, AbortSignal.timeout(ANSWER_WITHIN_MS)]),
    });
    await answer.body?.cancel();
    return answer.status === 200;
  } catch {
    signal.throwIfAborted();
    return false; // Not listening yet, or too busy to answer.
  }
}
