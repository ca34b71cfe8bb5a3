import { homedir } from "node:os";
import { join, resolve } from "node:path";

/** Where downloaded servers are kept, for all clones of one user: `GANTRY_CACHE`, or `~/.cache/gantry`. */
export const cacheFolder = (): string => resolve(process.env.GANTRY_CACHE ?? join(homedir(), ".cache", "gantry"));

/** The Python to use: `PYTHON`, or `python3`. */
export const pythonCommand = (): string => process.env.PYTHON ?? "python3";

/** The Java to use: that of `JAVA_HOME`, or `java`. */
export const javaCommand = (): string =>
  process.env.JAVA_HOME === undefined ? "java" : join(process.env.JAVA_HOME, "bin", "java");

/** The command line after the program's name. */
export const infraArguments = (): readonly string[] => process.argv.slice(2);

/** This process's environment, for programs it starts. */
export const ownEnvironment = (): NodeJS.ProcessEnv => process.env;
