import type { Repository } from "../src/repository.ts";

/** A repository of a few files. Every workspace that a file is in gets a manifest, unless one is given. */
export function memoryRepository(files: Readonly<Record<string, string>>): Repository {
  const known = [
    "gen",
    ...[
      "kernel",
      "config",
      "telemetry",
      "identity",
      "runtime",
      "rpc",
      "http",
      "postgres",
      "testing",
      "codegen",
      "tooling",
    ].map((n) => `platform/${n}`),
    "services/order",
    "services/payment",
    "deploy/devstack",
  ];
  const manifests = known.map((folder) => [
    `${folder}/package.json`,
    JSON.stringify({ name: `@gantry/${folder.split("/").at(-1)}` }),
  ]);
  const all = new Map<string, string>(Object.entries({ ...Object.fromEntries(manifests), ...files }));
  return { paths: [...all.keys()].sort(), read: (path) => all.get(path) ?? "" };
}
