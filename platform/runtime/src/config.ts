import type { Environment } from "@gantry/config";

/** The environment and the arguments of this process. */
export const processEnvironment = (): Environment => process.env;

export const processArguments = (): readonly string[] => process.argv.slice(2);
