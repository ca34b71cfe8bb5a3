import { fileURLToPath } from "node:url";
import { stageArguments } from "./config.ts";
import { stageLists } from "./lists.ts";
import { runStages } from "./run-stages.ts";
import { closingLine, summaryOf } from "./summary.ts";

const root = fileURLToPath(new URL("../../../../", import.meta.url));
const write = (text: string) => void process.stdout.write(text);

const [name = ""] = stageArguments();
const stages = Object.hasOwn(stageLists, name) ? stageLists[name] : undefined;
if (stages === undefined) {
  write(`There are ${Object.keys(stageLists).join(", ")}; not "${name}".\n`);
  process.exitCode = 64;
} else {
  const interrupt = new AbortController();
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(name, () => interrupt.abort());
  const results = await runStages(stages, { root, write, signal: interrupt.signal });
  write(`${summaryOf(results)}${closingLine(results)}\n`);
  process.exitCode = interrupt.signal.aborted || results.some(({ state }) => state === "failed") ? 1 : 0;
}
