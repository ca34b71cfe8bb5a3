import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { distributedChecks } from "./distributed.mjs";
import { portChecks } from "./ports.mjs";
import { requiredChecks } from "./required.mjs";

const help = `gantry doctor: what this machine has, and what is missing.

  npm run doctor

Works before anything is installed, with any Node from 18 on. Exits 1 when npm start cannot work here.
`;

const marks = { ok: "✓", warn: "!", bad: "✗", info: "·" };
const root = resolve(fileURLToPath(import.meta.url), "..", "..", "..", "..");

/** Prints every check. Resolves to the exit code: 1 when something is wrong that `npm start` needs. */
export async function doctor(args) {
  if (args.includes("--help")) {
    print(help);
    return 0;
  }
  const required = await section("Needed for npm start and npm test", requiredChecks(root));
  await section("Ports (another one is taken where one is in use)", portChecks(root));
  await section("For the distributed mode and the full CI only", distributedChecks());
  const bad = required.filter(({ state }) => state === "bad").length;
  print(bad === 0 ? "\nnpm start will work here.\n" : `\n${bad} of the needed things are missing; see ✗ above.\n`);
  return bad === 0 ? 0 : 1;
}

async function section(title, checks) {
  print(`\n${title}\n`);
  const results = await checks;
  for (const { state, name, text } of results) print(`  ${marks[state]} ${name.padEnd(16)} ${text}\n`);
  return results;
}

const print = (text) => process.stdout.write(text);
