import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { show } from "../repository.ts";
import { judgeCoverage, type Measured } from "./judge.ts";
import { readMeasurements, runTests, writeShown } from "./measure.ts";

const help = `Measures how much of the statements the tests of each package cover, and holds it against the gates and the
numbers in the READMEs. Unit and component tests count; what runs in other processes does not.

  npm run coverage               measure and check
  npm run coverage -- --write    measure, and write the numbers into the READMEs
`;

const root = fileURLToPath(new URL("../../../../", import.meta.url));

/** Resolves to the exit code. */
async function run(): Promise<number> {
  const { values } = parseArgs({ options: { write: { type: "boolean" }, help: { type: "boolean" } } });
  if (values.help) {
    process.stdout.write(help);
    return 0;
  }
  const code = await runTests(root);
  if (code !== 0) return code;
  if (values.write) for (const measured of readMeasurements(root)) writeShown(root, measured);
  return report(readMeasurements(root));
}

function report(all: readonly Measured[]): number {
  for (const { folder, percent, gate } of all) {
    process.stdout.write(`${folder.padEnd(22)} ${String(percent ?? "-").padStart(6)} %   gate ${gate} %\n`);
  }
  const findings = all.flatMap(judgeCoverage);
  for (const finding of findings) process.stderr.write(`${show(finding)}\n`);
  return findings.length === 0 ? 0 : 1;
}

process.exitCode = await run();
