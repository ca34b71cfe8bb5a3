import { type ChildProcess, spawn } from "node:child_process";
import { chmod, mkdir } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { guard } from "@gantry/testing";
import { machineEnvironment } from "../config.ts";

const root = fileURLToPath(new URL("../../../../", import.meta.url));
const OLD_NODE = { node: "18.20.8", npm: "10.8.2" };

/** A home folder that only its user may enter, an old Node with its npm, and a clone. */
export interface Machine {
  readonly clone: string;
  /** Starts a program in the clone as a user there would. */
  run(command: string, ...args: readonly string[]): Running;
}

/** A program that runs, or ran. */
export interface Running {
  readonly process: ChildProcess;
  /** What it printed so far. */
  text(): string;
  /** Its exit code; rejects never. */
  readonly ended: Promise<number>;
}

/** Sets one up below `folder`. */
export async function prepareMachine(folder: string): Promise<Machine> {
  const home = join(folder, "home");
  await mkdir(home, { mode: 0o700 });
  await chmod(home, 0o700);
  const clone = join(home, "gantry");
  const old = join(folder, "old-node");
  await succeed(start("git", ["clone", "--quiet", root, clone], folder, machineEnvironment()));
  await mkdir(old);
  const packages = [`node-${process.platform}-${process.arch}@${OLD_NODE.node}`, `npm@${OLD_NODE.npm}`];
  await succeed(start("npm", ["install", "--silent", "--prefix", old, ...packages], old, machineEnvironment()));
  const bins = [join(old, "node_modules", packageFolder, "bin"), join(old, "node_modules", ".bin")];
  const env = {
    ...machineEnvironment(),
    HOME: home,
    PATH: [...bins, "/usr/bin", "/bin"].join(":"),
    // Whose registry, and whose downloads: this user's. Everything else is new.
    npm_config_userconfig: join(homedir(), ".npmrc"),
    npm_config_cache: join(homedir(), ".npm"),
  };
  return { clone, run: (command, ...args) => start(command, args, clone, env) };
}

const packageFolder = `node-${process.platform}-${process.arch}`;

function start(command: string, args: readonly string[], cwd: string, env: NodeJS.ProcessEnv): Running {
  const child = spawn(command, args, { cwd, detached: true, env, stdio: ["ignore", "pipe", "pipe"] });
  guard(child, { group: true });
  let text = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk) => {
      text += String(chunk);
    });
  }
  const ended = new Promise<number>((resolve) => {
    child.once("error", () => resolve(127));
    child.once("exit", (code) => resolve(code ?? 1));
  });
  return { process: child, text: () => text, ended };
}

/** @throws Error with what the program printed last, when it fails. */
export async function succeed(running: Running): Promise<string> {
  const code = await running.ended;
  if (code !== 0) throw new Error(`exit code ${code}: ${running.text().trim().split("\n").slice(-12).join("\n    ")}`);
  return running.text();
}
