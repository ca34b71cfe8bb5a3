import { homedir } from "node:os";
import { join, resolve } from "node:path";

/** Where things are kept that are built or downloaded once for all clones of a user. */
export const cacheFolder = (env = process.env) => resolve(env.GANTRY_CACHE ?? join(homedir(), ".cache", "gantry"));
