import { AppError } from "@gantry/kernel";
import type { Logger } from "@gantry/telemetry";
import type { Component } from "./component.ts";
import { within } from "./deadline.ts";

/** How long an answer is reused, in milliseconds, so that probes cannot become load. */
const CACHE_MS = 1000;
/** How long one check may take, in milliseconds. */
const CHECK_MS = 1000;

/** What each component says, by its name: `ok`, or why not. */
export type Checks = Readonly<Record<string, string>>;

/**
 * Runs the checks of all components side by side, each bounded. Concurrent callers share one run and its answer is reused
 * for a second. A failure is told by its reason alone; the log has the error, once per change.
 * @param now a clock that never steps back, in milliseconds
 */
export function createReadiness(
  components: readonly Component[],
  logger: Logger,
  now: () => number = () => performance.now(),
): () => Promise<Checks> {
  let latest: { readonly checks: Promise<Checks>; readonly atMs: number } | undefined;
  const before = new Map<string, string>();

  const checkOne = async (component: Component): Promise<[string, string]> => {
    const { result, error } = await outcome(component);
    if (before.get(component.name) !== result) report(component.name, result, error);
    before.set(component.name, result);
    return [component.name, result];
  };

  const report = (component: string, result: string, error: unknown): void => {
    if (error !== undefined) logger.warn({ component, error }, "component is not ready");
    else if (before.has(component)) logger.info({ component, result }, "component is ready again");
  };

  return () => {
    const nowMs = now();
    if (latest === undefined || nowMs - latest.atMs >= CACHE_MS) {
      const checked = components.filter(({ check }) => check !== undefined);
      latest = { checks: Promise.all(checked.map(checkOne)).then((pairs) => Object.fromEntries(pairs)), atMs: nowMs };
    }
    return latest.checks;
  };
}

async function outcome(component: Component): Promise<{ result: string; error?: unknown }> {
  try {
    await within(CHECK_MS, `checking ${component.name}`, Promise.resolve(component.check?.()));
    return { result: "ok" };
  } catch (error) {
    return { result: AppError.is(error) ? error.reason : "FAILED", error };
  }
}
