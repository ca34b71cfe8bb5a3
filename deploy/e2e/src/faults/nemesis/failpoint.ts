import type { Devstack } from "@gantry/devstack";
import { eventually } from "@gantry/testing";

/** A failpoint in a running service. */
export interface ArmedFailpoint {
  /** How often it has struck since it was armed, over all lives of the service. */
  struck(): number;
  /** Resolves when it has struck. @throws Error when it has not within half a minute */
  untilStruck(times?: number): Promise<void>;
  /** Starts the service again without it. Resolves when the service is ready. */
  disarm(): Promise<void>;
}

const STRIKES_WITHIN_MS = 30_000;

/**
 * Starts a service again with a failpoint, `<name>:<kill|error|delay>:<nth>`. A killed service is started again by itself,
 * armed as before. Does not wait for the service to be ready: what waits for it at its start may strike it before.
 */
export function arm(stack: Devstack, service: string, spec: string): ArmedFailpoint {
  const before = countStrikes(stack, service, spec);
  const struck = () => countStrikes(stack, service, spec) - before;
  // It ends with an error when the service is struck, or disarmed, before it is ready.
  const armed = stack.restart(service, { FP: spec }).catch(() => undefined);
  return {
    struck,
    async untilStruck(times = 1) {
      await eventually(() => struck() >= times, { withinMs: STRIKES_WITHIN_MS }).catch((cause: unknown) => {
        throw new Error(`${spec} of ${service} struck ${struck()} times, not ${times}`, { cause });
      });
    },
    async disarm() {
      if (struck() === 0) await armed;
      await stack.restart(service, { FP: "" });
    },
  };
}

/** The failpoint itself says that it strikes, before it does. */
function countStrikes(stack: Devstack, service: string, spec: string): number {
  const [name = "", action = ""] = spec.split(":");
  return stack.logs(service).filter((line) => line.includes(`failpoint fired: ${name} ${action}`)).length;
}
