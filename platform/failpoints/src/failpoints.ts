import { setTimeout as sleep } from "node:timers/promises";
import { AppError } from "@gantry/kernel";
import { isProduction } from "./config.ts";
import { type FailpointSpec, parseFailpoints } from "./failpoint-spec.ts";

/** Named places in a service where a failure drill may strike. */
export interface Failpoints {
  /**
   * Marks that the code has come to this place. Resolves at once unless the place is armed and this is its nth hit; then
   * it ends the process with SIGKILL, waits, or throws.
   * @throws AppError `unavailable` FAILPOINT when armed with `error`
   */
  hit(name: string): Promise<void>;
}

/** Nothing is armed, nothing is counted. */
const unarmed: Failpoints = { hit: () => Promise.resolve() };

/**
 * Arms failpoints for this process.
 * @param spec the environment variable `FP`: `<name>:<kill|error|delay>:<nth>[:<ms>]`, several separated by commas; a
 * delay lasts 1000 ms unless said otherwise. Unset or empty arms nothing.
 * @throws AppError `invalid_argument` FAILPOINT_SPEC_INVALID for a spec that cannot be read, `failed_precondition`
 * FAILPOINTS_FORBIDDEN when something would be armed while `NODE_ENV` is `production`
 *
 * A failpoint that fires first writes `failpoint fired: <name> <action>` to stderr, so a drill can prove that it did.
 */
export function createFailpoints(spec: string | undefined): Failpoints {
  if (spec === undefined || spec === "") return unarmed;
  if (isProduction()) throw forbidden(spec);
  return armed(parseFailpoints(spec));
}

function armed(specs: readonly FailpointSpec[]): Failpoints {
  const hits = new Map<string, number>();
  return {
    async hit(name) {
      const count = (hits.get(name) ?? 0) + 1;
      hits.set(name, count);
      for (const spec of specs) if (spec.name === name && spec.nth === count) await fire(spec);
    },
  };
}

function fire({ name, action, delayMs }: FailpointSpec): Promise<unknown> {
  process.stderr.write(`failpoint fired: ${name} ${action}\n`);
  if (action === "delay") return sleep(delayMs);
  if (action === "error") return Promise.reject(struck(name));
  process.kill(process.pid, "SIGKILL");
  return new Promise(() => {}); // the signal is already on its way; nothing may run after this place
}

const struck = (name: string): AppError =>
  new AppError({ kind: "unavailable", reason: "FAILPOINT", message: `The failpoint ${name} is armed with an error.` });

const forbidden = (spec: string): AppError =>
  new AppError({
    kind: "failed_precondition",
    reason: "FAILPOINTS_FORBIDDEN",
    message: `FP is "${spec}" while NODE_ENV is production. Failpoints are for drills: unset one of the two.`,
  });
