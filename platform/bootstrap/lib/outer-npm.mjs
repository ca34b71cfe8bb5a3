import { accessSync, constants } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

/** What the npm that called us says about itself and its script; under the inner npm all of it would be wrong. */
const outer =
  /^(npm_(lifecycle_|package_|command$|execpath$|node_execpath$|config_(local_prefix|global_prefix|prefix|user_agent|node_gyp|npm_version)$)|NODE$|INIT_CWD$)/;

/**
 * The environment without the traces of the outer npm.
 *
 * npm keeps its cache below the home folder; a user without a writable one (`nobody`, some containers) gets a cache in
 * the clone.
 */
export function cleanEnvironment(root, environment) {
  const kept = Object.entries(environment).filter(([name]) => !outer.test(name));
  const quiet = { npm_config_update_notifier: "false", TURBO_TELEMETRY_DISABLED: "1" };
  const cache = canWrite(homedir()) ? {} : { npm_config_cache: join(root, ".gantry", "npm-cache") };
  return { ...cache, ...Object.fromEntries(kept), ...quiet };
}

function canWrite(folder) {
  try {
    accessSync(folder, constants.W_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Whether an npm script started this process, and not a person or a program. */
export const calledByNpm = (environment = process.env) => environment.npm_lifecycle_event !== undefined;

/** How to run the npm that the system has: the one that called us, or the one on the PATH. */
export function systemNpm(environment = process.env) {
  const cli = environment.npm_execpath ?? "";
  return cli.endsWith("npm-cli.js") ? [process.execPath, cli] : ["npm"];
}
