import type { Environment } from "@gantry/config";

/** The environment of this process. */
export const processEnvironment = (): Environment => process.env;
