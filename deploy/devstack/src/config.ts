import type { Environment } from "./environment.ts";

const set = (entry: [string, string | undefined]): entry is [string, string] => entry[1] !== undefined;

/** The whole environment of the launcher: `npm start` hands it on, so `MONGO_URL=… npm start` works. */
export const launcherEnvironment = (): Environment => Object.fromEntries(Object.entries(process.env).filter(set));

/** The part of it that describes the machine and says nothing about the system. */
export function machineEnvironment(): Environment {
  const names = /^(PATH|HOME|USER|TMPDIR|TZ|LANG|LC_.*|NODE_EXTRA_CA_CERTS|NODE_OPTIONS|NODE_V8_COVERAGE)$/;
  return Object.fromEntries(Object.entries(launcherEnvironment()).filter(([name]) => names.test(name)));
}

/** The command line after the program's name. */
export const launcherArguments = (): readonly string[] => process.argv.slice(2);
