import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { resultsFolder } from "../config.ts";
import type { Outcome } from "./results.ts";
import { table } from "./table.ts";

const usage = `npm run gateways -w @gantry/edge -- [--all]

Prints the results of the suite of gateways side by side. Run the suites first, with GANTRY_GATEWAY_RESULTS naming a folder,
and this with the same.

  --all   every case, not only those in which the gateways are not the same
`;

const args = process.argv.slice(2);
const folder = resultsFolder();
if (args.includes("--help") || folder === undefined) {
  process.stdout.write(usage);
  process.exitCode = args.includes("--help") ? 0 : 1;
} else {
  const files = readdirSync(folder).filter((name) => name.endsWith(".jsonl"));
  const lines = files.flatMap((name) => readFileSync(join(folder, name), "utf8").trim().split("\n"));
  const outcomes: Outcome[] = lines.map((line) => JSON.parse(line));
  process.stdout.write(`${table(outcomes, args.includes("--all"))}\n`);
  process.exitCode = outcomes.some(({ outcome }) => outcome === "FAILED") ? 1 : 0;
}
