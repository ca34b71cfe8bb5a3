import { readFile } from "node:fs/promises";
import { openApiTypes } from "@gantry/openapi-types";
import { isObject } from "../openapi/json.ts";
import { readApi } from "../openapi/read-api.ts";
import type { OutputFile, Plugin } from "../plugin/plugin.ts";
import { fileHeader } from "../text/header.ts";
import { emitClient } from "./emit-client.ts";
import { emitServer } from "./emit-server.ts";
import { emitValidators } from "./emit-validators.ts";
import { guardsOf } from "./guards.ts";
import { typesDocument } from "./types-document.ts";

/** Types, guards, server and client of the OpenAPI document that the option `document` names, relative to the cwd. */
export const openApiPlugin: Plugin = {
  name: "gantry-openapi",
  async generate({ options }) {
    const file = options.require("document");
    return generateOpenApi(file, await readFile(file, "utf8"));
  },
};

/** @throws ContractRefused */
export async function generateOpenApi(file: string, text: string): Promise<readonly OutputFile[]> {
  const api = readApi(file, text);
  const guards = guardsOf(api);
  const document = isObject(api.root.value) ? api.root.value : {};
  return [
    { name: `${api.service}/types.ts`, content: `${fileHeader(file)}\n${await openApiTypes(typesDocument(document))}` },
    { name: `${api.service}/validators.ts`, content: emitValidators(api, guards) },
    { name: `${api.service}/server.ts`, content: emitServer(api, guards) },
    { name: `${api.service}/client.ts`, content: emitClient(api) },
  ];
}
