/** How often the loop is asked to turn, in milliseconds. */
const BEAT_MS = 500;
/** How long a stall is remembered, in milliseconds: long enough for a probe to see it. */
const MEMORY_MS = 15_000;

/** Watches whether the event loop turns. */
export interface Liveness {
  /** False when the loop stood still for longer than allowed, now or within the last 15 seconds. */
  alive(): boolean;
  stop(): void;
}

/**
 * Needs no dependency, on purpose: a database that is down must not restart every replica.
 * @param maxStallMs the longest stand-still that is still healthy, in milliseconds
 * @param now a clock that never steps back, in milliseconds
 */
export function watchEventLoop(maxStallMs = 5000, now: () => number = () => performance.now()): Liveness {
  let lastBeatMs = now();
  let stalledAtMs = Number.NEGATIVE_INFINITY;
  const beat = (): number => {
    const nowMs = now();
    if (nowMs - lastBeatMs > maxStallMs + BEAT_MS) stalledAtMs = nowMs;
    lastBeatMs = nowMs;
    return nowMs;
  };
  const timer = setInterval(beat, BEAT_MS).unref();
  return {
    alive: () => beat() - stalledAtMs > MEMORY_MS,
    stop: () => clearInterval(timer),
  };
}
