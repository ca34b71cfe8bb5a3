import type { Plugin } from "../plugin/plugin.ts";
import { accessRows, callersOf } from "./access-rows.ts";
import { emitDocument } from "./emit-document.ts";
import { emitModule } from "./emit-module.ts";
import { readOperations } from "./read-operations.ts";

/**
 * Who may call what, through the gateway and past it: a page for people and a table that tests walk. Of protos (option
 * `protos`) and the OpenAPI document (option `document`); the option `owned` names, joined by `+`, the request fields by which a
 * caller names a thing of one person.
 */
export const accessPlugin: Plugin = {
  name: "gantry-access",
  async generate(input) {
    const { operations, document } = await readOperations(input);
    const callers = callersOf(operations);
    const rows = accessRows(operations, callers);
    return [
      { name: "access-matrix.md", content: emitDocument(rows, callers, document) },
      { name: "access-matrix.ts", content: emitModule(rows, callers, document) },
    ];
  },
};
