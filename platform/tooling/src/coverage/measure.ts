import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Measured } from "./judge.ts";
import { gateOf } from "./packages.ts";
import { shownCoverage, withCoverage } from "./readme-number.ts";

/** Runs what `npm test` runs; turbo remembers the packages whose sources did not change, and what was measured of them. */
export async function runTests(root: string): Promise<number> {
  const child = spawn("npm", ["run", "--silent", "in:test", "--", "--output-logs=errors-only"], {
    cwd: root,
    stdio: "inherit",
  });
  const [code] = await once(child, "exit");
  return code ?? 1;
}

/** What the last run measured of each package with a gate. */
export function readMeasurements(root: string): readonly Measured[] {
  const folders = ["platform", "services"].flatMap((area) =>
    readdirSync(join(root, area)).map((name) => `${area}/${name}`),
  );
  return folders.flatMap((folder) => {
    const gate = gateOf(folder);
    if (gate === undefined || !existsSync(join(root, folder, "package.json"))) return [];
    return [
      { folder, gate, percent: percentOf(join(root, folder)), shown: shownCoverage(readmeOf(join(root, folder))) },
    ];
  });
}

/** Writes what was measured into the README of the package, where it has a place for it. */
export function writeShown(root: string, { folder, percent, shown }: Measured): void {
  if (percent === undefined || shown === undefined) return;
  const home = join(root, folder);
  writeFileSync(join(home, "README.md"), withCoverage(readmeOf(home), percent));
}

function percentOf(folder: string): number | undefined {
  const file = join(folder, "coverage", "coverage-summary.json");
  if (!existsSync(file)) return undefined;
  const summary: { total?: { statements?: { pct?: number } } } = JSON.parse(readFileSync(file, "utf8"));
  return summary.total?.statements?.pct;
}

function readmeOf(folder: string): string {
  const file = join(folder, "README.md");
  return existsSync(file) ? readFileSync(file, "utf8") : "";
}
