import { spawn } from "node:child_process";
import { constants } from "node:os";
import { NpmError } from "./problems.mjs";

const quiet = ["--no-audit", "--no-fund", "--loglevel=error"];

/**
 * Runs `npm ci` in `folder`. Shows npm's complaints as they come, and throws them when it fails. `onStart` gets npm's
 * process id. A signal to us ends npm first: an npm left behind would fight with the next one over the same files.
 */
export function npmCi(npm, folder, env, onStart) {
  const [command, ...args] = npm;
  const child = spawn(command, [...args, "ci", ...quiet], { cwd: folder, env, stdio: ["ignore", "ignore", "pipe"] });
  if (child.pid !== undefined) onStart(child.pid);
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => stop(child, signal));
  let complaints = "";
  child.stderr.on("data", (chunk) => {
    complaints += chunk;
    process.stderr.write(chunk);
  });
  return new Promise((resolve, reject) => {
    child.once("error", (error) => reject(new NpmError(`${command}: ${error.message}`)));
    child.once("close", (code) => (code === 0 ? resolve() : reject(new NpmError(complaints))));
  });
}

function stop(child, signal) {
  child.once("close", () => process.exit(128 + constants.signals[signal]));
  child.kill(signal);
}
