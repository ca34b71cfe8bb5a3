import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { tempDir } from "@gantry/testing";
import type { CheckRequest, Verdict } from "./check-request.ts";

const run = promisify(execFile);
const program = fileURLToPath(new URL("./main.ts", import.meta.url));
const ANSWER_WITHIN_MS = 120_000;
const MAX_ANSWER_BYTES = 64 * 1024 * 1024;

/** Has everything checked by a process of its own, which shares nothing with the test. */
export async function runChecker(request: CheckRequest): Promise<Verdict> {
  const directory = await tempDir("gantry-check-");
  try {
    const file = join(directory.path, "request.json");
    await writeFile(file, JSON.stringify(request));
    const options = { timeout: ANSWER_WITHIN_MS, maxBuffer: MAX_ANSWER_BYTES };
    const { stdout } = await run(process.execPath, ["--conditions=@gantry/source", program, file], options).catch(
      answered,
    );
    return parse(stdout);
  } finally {
    await directory.remove();
  }
}

/** Exit code 1 comes with a verdict: something is wrong. Anything else is a checker that could not check. */
function answered(error: { readonly code?: unknown; readonly stdout?: string }): { readonly stdout: string } {
  if (error.code === 1 && error.stdout !== undefined && error.stdout !== "") return { stdout: error.stdout };
  throw error;
}

/** Written by our own program. */
const parse = (text: string): Verdict => JSON.parse(text);
