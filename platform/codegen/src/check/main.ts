import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { checkContracts } from "./check-contracts.ts";
import { type StageName, stageNames } from "./stages.ts";

const usage = `contracts:check [--root <folder>] [${stageNames.join("|")} ...]
Checks the contracts of a repository and the code generated from them. Without names: everything.
`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { root: { type: "string" }, help: { type: "boolean", short: "h" } },
});
const names = stageNames.filter((name) => positionals.includes(name));
const unknown = positionals.filter((name) => !stageNames.some((known) => known === name));

if (values.help === true || unknown.length > 0) {
  process.stderr.write(usage);
  process.exitCode = values.help === true ? 0 : 2;
} else {
  const root = values.root ?? fileURLToPath(new URL("../../../../", import.meta.url));
  const wanted: readonly StageName[] = names.length === 0 ? stageNames : names;
  process.exitCode = await checkContracts(root, wanted, (text) => process.stdout.write(text));
}
