import { homedir } from "node:os";
import { join, resolve } from "node:path";

/** Where `npm run kafka:client` puts what it builds: `GANTRY_CACHE`, or `~/.cache/gantry`. */
export const cacheFolder = (): string => resolve(process.env.GANTRY_CACHE ?? join(homedir(), ".cache", "gantry"));
