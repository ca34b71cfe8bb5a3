import { runProgram } from "../run-program.ts";

/**
 * Has Envoy check a configuration without opening a port (50 ms), and refuses what Envoy would let pass: a script without
 * `envoy_on_request`, which checks nothing.
 *
 * @throws Error with what Envoy said.
 */
export async function validate(binary: string, config: string, env: Readonly<Record<string, string>>): Promise<void> {
  // Below "info" Envoy does not mention the missing function.
  const { code, text } = await runProgram(binary, ["--mode", "validate", "--log-level", "info", "-c", config], {
    ...env,
  });
  if (code !== 0) throw new Error(`Envoy refuses the configuration: ${complaints(text)}`);
  if (text.includes("envoy_on_request() function not found"))
    throw new Error("the session script has no envoy_on_request: Envoy would let everything pass");
}

function complaints(text: string): string {
  const lines = text.split("\n").filter((line) => /\[(critical|error)\]/.test(line));
  return (lines.length > 0 ? lines.join("\n") : text).slice(-2_000);
}
