import { delimiter, join } from "node:path";

/** The environment of the caller with the repository's own tools first on the PATH. */
export const toolEnvironment = (root: string): NodeJS.ProcessEnv => ({
  ...process.env,
  PATH: [join(root, "node_modules/.bin"), ...(process.env.PATH ?? "").split(delimiter)].join(delimiter),
});
