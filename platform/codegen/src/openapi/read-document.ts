import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { PluginInput } from "../plugin/plugin.ts";
import type { Api } from "./api.ts";
import { readApi } from "./read-api.ts";

/** Reads the OpenAPI document that the option `document` names. @throws ContractRefused */
export async function readDocument({ options, root }: PluginInput): Promise<Api> {
  const file = options.require("document");
  return readApi(file, await readFile(join(root, file), "utf8"));
}
