import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { constants } from "node:os";
import { join } from "node:path";
import { calledByNpm } from "./outer-npm.mjs";
import { BootstrapError } from "./problems.mjs";

const signals = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR2"];

/**
 * Runs a script of package.json with our terminal, and answers its exit code (128 + n when signal n ended it).
 *
 * Without another npm in between: a fifth of a second less, and signals reach the program itself. Scripts named `in:*`
 * are therefore one command each, without shell operators.
 */
export function handOver(root, script, args, env) {
  const command = JSON.parse(readFileSync(join(root, "package.json"), "utf8")).scripts[script];
  if (command === undefined) throw new BootstrapError(`package.json has no script "${script}"`);
  const child = spawn("/bin/sh", ["-c", `exec ${command} "$@"`, script, ...args], { cwd: root, env, stdio: "inherit" });
  for (const signal of signals) process.on(signal, () => forward(child, signal));
  if (calledByNpm()) endWithParent(child);
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code, signal) => resolve(code ?? 128 + constants.signals[signal]));
  });
}

/** The terminal sends Ctrl-C to all its processes; passing it on as well would look like a second one. */
function forward(child, signal) {
  const fromTerminal = process.stdin.isTTY && (signal === "SIGINT" || signal === "SIGQUIT");
  if (!fromTerminal) child.kill(signal);
}

/**
 * npm runs us below a shell that passes no signal on: somebody who kills npm (an editor's stop button, a service manager)
 * would leave us running. Having got another parent is how we see it.
 */
function endWithParent(child) {
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    child.kill("SIGTERM");
  }, 500);
  watch.unref();
}
