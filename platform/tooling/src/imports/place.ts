import { posix } from "node:path";

/** Where a file stands in the repository. */
export interface Place {
  readonly path: string;
  /** Folder of its workspace: `platform/kernel`, `services/order`, `deploy/e2e`, `gen`. */
  readonly workspace: string;
  /** First folder of the workspace's path: what kind of code it is. */
  readonly area: "platform" | "services" | "deploy" | "gen" | "other";
  /** The layer of a service's source; `root` beside the layers; `test` for every test and what tests use. */
  readonly layer: "domain" | "app" | "api" | "adapters" | "root" | "test";
}

/** What an import leads to. */
export interface Target {
  readonly specifier: string;
  /** The npm package, or `node:…`; undefined for a relative import. */
  readonly package?: string;
  /** Where it leads inside this repository, if it does. For a package the file is unknown. */
  readonly place?: Place;
}

/** Whether a file is code of this repository: goldens are what a generator wrote, compared as text. */
export const isSource = (path: string): boolean =>
  path.endsWith(".ts") && !path.endsWith(".d.ts") && !path.includes("/goldens/") && placeOf(path).area !== "other";

const areas = ["platform", "services", "deploy"] as const;
const layers = ["domain", "app", "api", "adapters"] as const;

export function placeOf(path: string): Place {
  const [first = "", second = "", third = "", fourth = ""] = path.split("/");
  const area = areas.find((known) => known === first);
  if (area !== undefined) {
    return { path, workspace: `${area}/${second}`, area, layer: layerOf(path, third, fourth) };
  }
  return first === "gen"
    ? { path, workspace: "gen", area: "gen", layer: second === "test" || path.endsWith(".config.ts") ? "test" : "root" }
    : { path, workspace: "", area: "other", layer: "root" };
}

function layerOf(path: string, third: string, fourth: string): Place["layer"] {
  if (third !== "src" || path.endsWith(".test.ts") || path.endsWith(".contract.ts")) return "test";
  return layers.find((layer) => layer === fourth) ?? "root";
}

/** Folders of workspaces by package name, for example `@gantry/kernel` → `platform/kernel`. */
export type WorkspaceFolders = ReadonlyMap<string, string>;

export function targetOf(from: string, specifier: string, folders: WorkspaceFolders): Target {
  if (specifier.startsWith(".")) {
    return { specifier, place: placeOf(posix.normalize(posix.join(posix.dirname(from), specifier))) };
  }
  if (specifier.startsWith("node:")) return { specifier, package: specifier };
  const [scope = "", name = ""] = specifier.split("/");
  const packageName = specifier.startsWith("@") ? `${scope}/${name}` : scope;
  const folder = folders.get(packageName);
  if (folder === undefined) return { specifier, package: packageName };
  const inside = specifier.slice(packageName.length + 1);
  return {
    specifier,
    package: packageName,
    place: placeOf(`${folder}/${folder === "gen" ? inside : `src/${inside}`}`),
  };
}
