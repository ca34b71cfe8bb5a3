import type { Finding, Repository } from "../repository.ts";
import { isSource, type Place, placeOf, targetOf, type WorkspaceFolders } from "./place.ts";
import { readSource, type SourceUses } from "./read-source.ts";
import { environmentRule, importRules } from "./rules.ts";

/** Applies every import rule, and the one about the environment, to every TypeScript file of the repository. */
export function checkImports(repository: Repository): Finding[] {
  const folders = workspaceFolders(repository);
  return repository.paths
    .filter((path) => isSource(path))
    .flatMap((path) => {
      const uses = readSource(path, repository.read(path));
      return [...importFindings(placeOf(path), uses, folders), ...environmentFindings(placeOf(path), uses)];
    });
}

/** Folder of each workspace by its package's name. */
export function workspaceFolders(repository: Repository): WorkspaceFolders {
  const manifests = repository.paths.filter((path) =>
    /^(gen|(platform|services|deploy)\/[^/]+)\/package\.json$/.test(path),
  );
  return new Map(
    manifests.map((path) => {
      const manifest: { name?: string } = JSON.parse(repository.read(path));
      return [manifest.name ?? path, path.slice(0, -"/package.json".length)];
    }),
  );
}

function importFindings(from: Place, { imports }: SourceUses, folders: WorkspaceFolders): Finding[] {
  return imports.flatMap(({ specifier, line }) => {
    const to = targetOf(from.path, specifier, folders);
    return importRules
      .filter((rule) => rule.breaks(from, to))
      .map(({ name, fix }) => ({ where: `${from.path}:${line}`, rule: name, message: `imports ${specifier}`, fix }));
  });
}

/** Tests may set up an environment; a service that a test starts reads its own. */
function environmentFindings(from: Place, { environmentReads }: SourceUses): Finding[] {
  if (from.layer === "test" || from.path.endsWith("/config.ts")) return [];
  return environmentReads.map((line) => ({
    where: `${from.path}:${line}`,
    rule: environmentRule.name,
    message: "reads process.env",
    fix: environmentRule.fix,
  }));
}
