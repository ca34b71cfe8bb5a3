import { existsSync } from "node:fs";
import { join } from "node:path";
import type { DescFile } from "@bufbuild/protobuf";
import type { PluginInput } from "../plugin/plugin.ts";

/** A proto file of ours: what buf asks code for, without what is vendored beside it. */
export interface OwnFile {
  readonly desc: DescFile;
  /** As the user knows it: `contracts/proto/gantry/order/v1/events.proto`. */
  readonly path: string;
}

/** The files below the folder that the option `protos` names. A vendored file is not there. */
export function ownFiles({ options, root, files }: PluginInput): readonly OwnFile[] {
  const protos = options.require("protos");
  return files
    .map((desc) => ({ desc, path: join(protos, desc.proto.name) }))
    .filter(({ path }) => existsSync(join(root, path)))
    .toSorted((a, b) => (a.path < b.path ? -1 : 1));
}
