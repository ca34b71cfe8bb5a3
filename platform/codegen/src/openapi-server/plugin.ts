import { openApiTypes } from "@gantry/openapi-types";
import type { Api } from "../openapi/api.ts";
import { isObject } from "../openapi/json.ts";
import { readDocument } from "../openapi/read-document.ts";
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
  generate: async (input) => generateOpenApi(await readDocument(input)),
};

/** The files of an API, below a folder named after its service. */
export async function generateOpenApi(api: Api): Promise<readonly OutputFile[]> {
  const guards = guardsOf(api);
  const document = isObject(api.root.value) ? api.root.value : {};
  return [
    {
      name: `${api.service}/types.ts`,
      content: `${fileHeader(api.file)}\n${await openApiTypes(typesDocument(document))}`,
    },
    { name: `${api.service}/validators.ts`, content: emitValidators(api, guards) },
    { name: `${api.service}/server.ts`, content: emitServer(api, guards) },
    { name: `${api.service}/client.ts`, content: emitClient(api) },
  ];
}
