import { launcherEnvironment } from "./config.ts";
import type { Environment } from "./environment.ts";

/** The Redis of the options first, of this machine's environment otherwise. Unset, or empty: there is none. */
export const redisUrl = (env: Environment): string | undefined =>
  ({ ...launcherEnvironment(), ...env }).REDIS_URL || undefined;
