import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { guard } from "@gantry/testing";
import { conformanceSuite, type Suite, VERSION } from "./runner.ts";
import { gatewayNames, gatewayProgram } from "./through-gateways.ts";

const usage = `npm run conformance -- [--through GATEWAY] [--if-available] [--run PATTERN]

Runs the Connect conformance suite ${VERSION} against platform/rpc's server and client, with listener, limits and all
interceptors. Needs Go once, to build the suite.

  --through NAME   only the server, behind a gateway: ${gatewayNames.join(" or ")}
  --if-available   without Go and without a built suite, say so and succeed
  --run PATTERN    only the cases that match, for instance "Timeouts/**"
`;

/** The runner waits for a hanging call for ever. */
const TIMEOUT_MS = 5 * 60_000;

/** What is tested, and how. */
interface Mode {
  readonly name: string;
  readonly side: "server" | "client";
  readonly program: string;
  readonly args: readonly string[];
  /** For the runner. */
  readonly options?: readonly string[];
  readonly knownFailing: string;
}

const direct: Readonly<Record<"server" | "client", Mode>> = {
  server: { name: "server", side: "server", program: "server.ts", args: [], knownFailing: "known-failing.txt" },
  client: { name: "client", side: "client", program: "client.ts", args: [], knownFailing: "known-failing.txt" },
};

/** The runner gives a server ten seconds to start, and starts four. Each of these is three processes. */
const ONE_AT_A_TIME = ["--max-servers", "1"];

/** @throws Error for a gateway that there is not */
function behind(gateway: string): Mode {
  gatewayProgram(gateway);
  const knownFailing = `known-failing-${gateway}.txt`;
  return {
    name: `server through ${gateway}`,
    side: "server",
    program: "through.ts",
    args: [gateway],
    options: ONE_AT_A_TIME,
    knownFailing,
  };
}

interface Outcome {
  readonly passed: number;
  readonly failed: number;
  readonly report: string;
}

const say = (line: string): void => void process.stdout.write(`${line}\n`);
const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

async function main(args: readonly string[]): Promise<number> {
  if (args.includes("--help")) {
    process.stdout.write(usage);
    return 0;
  }
  const suite = await conformanceSuite(say);
  if (suite === undefined) return missing(args.includes("--if-available"));
  const pattern = optionOf(args, "--run");
  const through = optionOf(args, "--through");
  const run = (mode: Mode) => report(mode, suite, pattern === undefined ? [] : ["--run", pattern]);
  const outcomes =
    through === undefined ? [await run(direct.server), await run(direct.client)] : [await run(behind(through))];
  const [passed, failed] = [sum(outcomes, "passed"), sum(outcomes, "failed")];
  say(`conformance: ${passed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
}

const sum = (outcomes: readonly Outcome[], count: "passed" | "failed"): number =>
  outcomes.reduce((total, outcome) => total + outcome[count], 0);

const optionOf = (args: readonly string[], option: string): string | undefined =>
  args.includes(option) ? args[args.indexOf(option) + 1] : undefined;

function missing(isFine: boolean): number {
  say(
    isFine
      ? "conformance: skipped, no Go"
      : "conformance: the suite is not built and there is no Go to build it. Install Go 1.24 or newer, or add --if-available.",
  );
  return isFine ? 0 : 1;
}

async function report(mode: Mode, suite: Suite, pattern: readonly string[]): Promise<Outcome> {
  const startedMs = performance.now();
  const outcome = await runSuite(mode, suite, pattern);
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
  if (outcome.failed > 0) process.stdout.write(outcome.report);
  say(`${mode.name}: ${outcome.passed} passed, ${outcome.failed} failed (${seconds} s)`);
  return outcome;
}

async function runSuite(
  { side, program, args, options: more = [], knownFailing }: Mode,
  { runner, image }: Suite,
  pattern: readonly string[],
): Promise<Outcome> {
  const tested = [process.execPath, "--conditions=@gantry/source", here(program), image, ...args];
  const options = [
    "--mode",
    side,
    "--conf",
    here(`${side}.yaml`),
    "--known-failing",
    `@${here(knownFailing)}`,
    ...more,
  ];
  // a group of its own, so that the programs under test end with the runner, and all of them with us
  const child = spawn(runner, [...options, ...pattern, "--", ...tested], {
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  guard(child, { group: true });
  const output: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => output.push(chunk));
  const timer = setTimeout(() => endGroup(child), TIMEOUT_MS);
  const [code] = await once(child, "close");
  clearTimeout(timer);
  return outcomeOf(Buffer.concat(output).toString(), code);
}

function endGroup({ pid }: ChildProcess): void {
  if (pid !== undefined) process.kill(-pid, "SIGKILL");
}

function outcomeOf(report: string, code: number | null): Outcome {
  const counts = /^(\d+) passed, (\d+) failed/m.exec(report);
  const [passed, failed] = [Number(counts?.[1] ?? 0), Number(counts?.[2] ?? 0)];
  if (code === 0 && passed > 0) return { passed, failed, report };
  const cut = code === null ? `the runner was ended after ${TIMEOUT_MS / 1000} s\n` : "";
  return { passed, failed: Math.max(1, failed), report: report + cut };
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`conformance: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
