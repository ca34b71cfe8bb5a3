import { spawn } from "node:child_process";

/** How a program ended, and what it said on both channels together. */
export interface ProgramEnd {
  readonly code: number;
  readonly text: string;
}

/**
 * Runs a program to its end. A program that is not there ends with 127, as in a shell.
 * @param folder where it runs. Default: where this process does
 */
export function runProgram(
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  folder?: string,
): Promise<ProgramEnd> {
  const child = spawn(command, args, { cwd: folder, env, stdio: ["ignore", "pipe", "pipe"] });
  let text = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk) => {
      text += String(chunk);
    });
  }
  return new Promise((resolve) => {
    child.once("error", (error) => resolve({ code: 127, text: error.message }));
    child.once("close", (code) => resolve({ code: code ?? 1, text: text.trim() }));
  });
}
