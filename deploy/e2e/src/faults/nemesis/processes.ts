import type { Devstack } from "@gantry/devstack";

/** Ends a service as `kill -9` does and waits until it is ready again by itself. Resolves to 1: it was another process. */
export async function killService(stack: Devstack, service: string): Promise<number> {
  const before = stack.pid(service);
  await stack.kill(service, "SIGKILL");
  await stack.ready(service);
  return stack.pid(service) === before ? 0 : 1;
}

/**
 * Ends services one after another with SIGTERM, each ready again before the next. Resolves to how many became other
 * processes.
 */
export async function rollingRestart(stack: Devstack, services: readonly string[]): Promise<number> {
  let restarted = 0;
  for (const service of services) {
    const before = stack.pid(service);
    await stack.restart(service);
    if (stack.pid(service) !== before) restarted += 1;
  }
  return restarted;
}
