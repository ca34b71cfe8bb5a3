import { posix } from "node:path";
import { workspaceFolders } from "../imports/check-imports.ts";
import { isSource, type Place, placeOf, targetOf, type WorkspaceFolders } from "../imports/place.ts";
import { readSource } from "../imports/read-source.ts";
import type { Finding, Repository } from "../repository.ts";

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

interface Project {
  readonly references?: readonly { readonly path: string }[];
}

/** Which workspaces a workspace uses, and whether only its tests do. */
interface Uses {
  readonly source: ReadonlySet<string>;
  readonly tests: ReadonlySet<string>;
}

/**
 * What a workspace says about the workspaces it needs must be what its code imports: in package.json (npm and turbo order
 * work by it) and in tsconfig.json (the compiler does).
 */
export function checkManifests(repository: Repository): Finding[] {
  const folders = workspaceFolders(repository);
  return [...folders.entries()].flatMap(([name, folder]) => {
    const uses = usesOf(repository, name, folder, folders);
    return [...dependencyFindings(repository, folder, uses), ...referenceFindings(repository, folder, folders)];
  });
}

function usesOf(repository: Repository, self: string, folder: string, folders: WorkspaceFolders): Uses {
  const source = new Set<string>();
  const tests = new Set<string>();
  const files = repository.paths.filter((path) => path.startsWith(`${folder}/`) && isSource(path));
  for (const path of files) {
    for (const { specifier } of readSource(path, repository.read(path)).imports) {
      const { package: name = self } = targetOf(path, specifier, folders);
      if (name !== self && folders.has(name)) (isTest(placeOf(path)) ? tests : source).add(name);
    }
  }
  return { source, tests };
}

const isTest = ({ layer }: Place) => layer === "test";

const RULE = "manifests tell the truth";

function dependencyFindings(repository: Repository, folder: string, { source, tests }: Uses): Finding[] {
  const where = `${folder}/package.json`;
  const manifest: Manifest = JSON.parse(repository.read(where));
  const dependencies = gantryNames(manifest.dependencies);
  const devDependencies = gantryNames(manifest.devDependencies);
  const finding = (message: string, fix: string): Finding => ({ where, rule: RULE, message, fix });
  return [
    ...[...source]
      .filter((name) => !dependencies.includes(name))
      .map((name) => finding(`does not list ${name}, which its source imports`, "add it to dependencies")),
    ...[...tests]
      .filter((name) => !dependencies.includes(name) && !devDependencies.includes(name))
      .map((name) => finding(`does not list ${name}, which its tests import`, "add it to devDependencies")),
    // Nothing in deploy/ is installed without its tests.
    ...dependencies
      .filter((name) => !source.has(name) && !(folder.startsWith("deploy/") && tests.has(name)))
      .map((name) =>
        finding(
          `lists ${name}, which its source does not import`,
          tests.has(name) ? "move it to devDependencies" : "remove it",
        ),
      ),
    ...devDependencies
      .filter((name) => !tests.has(name))
      .map((name) => finding(`lists ${name} for tests, which do not import it`, "remove it")),
  ];
}

const gantryNames = (listed: Readonly<Record<string, string>> = {}) =>
  Object.keys(listed).filter((name) => name.startsWith("@gantry/"));

function referenceFindings(repository: Repository, folder: string, folders: WorkspaceFolders): Finding[] {
  const where = `${folder}/tsconfig.json`;
  if (!repository.paths.includes(where)) return [];
  const project: Project = JSON.parse(repository.read(where));
  const manifest: Manifest = JSON.parse(repository.read(`${folder}/package.json`));
  const referenced = (project.references ?? []).map(({ path }) => posix.join(folder, path));
  const needed = gantryNames({ ...manifest.dependencies, ...manifest.devDependencies }).map((name) =>
    folders.get(name),
  );
  const finding = (message: string, fix: string): Finding => ({ where, rule: RULE, message, fix });
  return [
    ...needed
      .filter((path) => path !== undefined && !referenced.includes(path))
      .map((path) =>
        finding(`has no reference to ${path}`, "the compiler then reads stale output of it; add the reference"),
      ),
    ...referenced
      .filter((path) => !needed.includes(path))
      .map((path) => finding(`refers to ${path}, which package.json does not list`, "remove the reference")),
  ];
}
