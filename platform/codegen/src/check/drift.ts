import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "yaml";
import { compareTrees, type Difference } from "./compare-trees.ts";
import { run } from "./run.ts";
import type { Place, Verdict } from "./stages.ts";
import { unifiedDiff } from "./unified-diff.ts";

/** How many differing files are shown in full. */
const MAX_SHOWN = 20;

const advice = "Run `npm run generate` and commit what it makes.\n";

/** Whether the committed code is exactly what the contracts generate: every file, no file more, all of them in git. */
export async function checkDrift({ root, temp }: Place): Promise<Verdict> {
  const generated = await run("buf", ["generate", "--output", temp], root);
  if (generated.code !== 0) return { ok: false, note: "the contracts are refused", report: generated.output };
  const folders = await outputFolders(root);
  const differences = [...(await compareTrees(root, temp, folders)), ...(await untracked(root, folders))];
  if (differences.length === 0) return { ok: true };
  return {
    ok: false,
    note: `${differences.length} ${differences.length === 1 ? "file" : "files"}`,
    report: await describe(differences, root, temp),
  };
}

/** The `out` folders of buf.gen.yaml: all of them, and nothing else, is generated. */
async function outputFolders(root: string): Promise<readonly string[]> {
  const template: unknown = parse(await readFile(join(root, "buf.gen.yaml"), "utf8"));
  const plugins = isRecord(template) && Array.isArray(template.plugins) ? template.plugins : [];
  return [
    ...new Set(plugins.flatMap((plugin) => (isRecord(plugin) && typeof plugin.out === "string" ? [plugin.out] : []))),
  ];
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null;

/** Files that are there and right but not in git, ignored ones included: a clone would not have them. */
async function untracked(root: string, folders: readonly string[]): Promise<readonly Difference[]> {
  const { code, stdout } = await run("git", ["ls-files", "--others", "-z", "--", ...folders], root);
  const names = code === 0 ? stdout.split("\0").filter((name) => name !== "") : [];
  return names.map((name) => ({ name, kind: "untracked" }));
}

async function describe(differences: readonly Difference[], root: string, temp: string): Promise<string> {
  const list = differences.map(({ kind, name }) => `  ${kind.padEnd(9)} ${name}\n`).join("");
  const diffs: string[] = [];
  for (const { name } of differences.filter(({ kind }) => kind !== "untracked").slice(0, MAX_SHOWN)) {
    diffs.push(await unifiedDiff(name, root, temp));
  }
  return `${list}${diffs.join("")}${advice}`;
}
