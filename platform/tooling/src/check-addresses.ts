import type { Finding, Repository } from "./repository.ts";

/** What ties the repository to one machine or one registry. Written so that no pattern finds itself. */
const patterns: readonly { readonly pattern: RegExp; readonly what: string }[] = [
  { pattern: /(?<![\w./-])\/(?:root|work|home\/\w+|Users\/\w+)\/[\w.]/, what: "a path of somebody's machine" },
  { pattern: /(?:^|["'`\s(])\.\.\/shared\b/, what: "a folder outside of the repository" },
  {
    pattern: /\bregistry\.npm(?:js|mirror)\.\w+|\bpypi\.org|\brepo\d?\.maven\.\w+|\bproxy\.golang\.\w+/,
    what: "a registry",
  },
];

const skipped = /\.(png|ico|woff2?|binpb|jar)$|(^|\/)package-lock\.json$/;

/** Finds machine paths and registry addresses. A clone must work everywhere, with whatever registry its user has. */
export function checkAddresses(repository: Repository): Finding[] {
  return repository.paths
    .filter((path) => !skipped.test(path))
    .flatMap((path) => findingsIn(path, repository.read(path)));
}

function findingsIn(path: string, text: string): Finding[] {
  return text.split("\n").flatMap((line, index) =>
    patterns
      .filter(({ pattern }) => pattern.test(line))
      .map(({ pattern, what }) => ({
        where: `${path}:${index + 1}`,
        rule: "a clone works anywhere",
        message: `names ${what}: ${pattern.exec(line)?.[0].trim()}`,
        fix: "use a relative path, a setting, or the tool's own default",
      })),
  );
}
