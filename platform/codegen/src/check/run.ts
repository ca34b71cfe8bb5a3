import { execFile } from "node:child_process";
import { toolEnvironment } from "./config.ts";

/** How a command ended. */
export interface Ended {
  readonly code: number;
  readonly stdout: string;
  /** Everything it wrote. */
  readonly output: string;
}

/** Runs a tool in `root`. Never rejects: a command that is not there ends with 127 and says so. */
export function run(command: string, args: readonly string[], root: string): Promise<Ended> {
  return new Promise((resolve) => {
    const options = { cwd: root, env: toolEnvironment(root), maxBuffer: 1 << 28 };
    execFile(command, args, options, (error, stdout, stderr) => {
      if (error?.code === "ENOENT") resolve({ code: 127, stdout: "", output: `${command} is not installed.\n` });
      else resolve({ code: error === null ? 0 : Number(error.code ?? 1), stdout, output: `${stdout}${stderr}` });
    });
  });
}
