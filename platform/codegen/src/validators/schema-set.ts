import { isObject, type JsonObject } from "../openapi/json.ts";
import type { ContractNode } from "../openapi/node.ts";
import { prepareSchema, type Role } from "./prepare-schema.ts";

/**
 * The schemas that a set of validators needs. A named schema is prepared once for each role it plays: what a request may
 * hold and what an answer may hold differ, see {@link prepareSchema}.
 */
export class SchemaSet {
  readonly #root: ContractNode;
  readonly #definitions = new Map<string, JsonObject>();

  constructor(root: ContractNode) {
    this.#root = root;
  }

  get definitions(): ReadonlyMap<string, JsonObject> {
    return this.#definitions;
  }

  /** The schema as a validator sees it, and everything it refers to added to the definitions. */
  prepare(schema: JsonObject, role: Role): JsonObject {
    return prepareSchema(schema, role, {
      named: (ref) => this.#named(ref),
      refer: (ref, as) => ({ $ref: this.#define(ref, as) }),
    });
  }

  #define(ref: string, role: Role): string {
    const id = `${ref.slice("#/components/schemas/".length)}.${role}`;
    if (!this.#definitions.has(id)) {
      this.#definitions.set(id, {});
      this.#definitions.set(id, this.prepare(this.#named(ref), role));
    }
    return id;
  }

  #named(ref: string): JsonObject {
    const name = ref.slice("#/components/schemas/".length);
    const value = this.#root.member("components")?.member("schemas")?.member(name)?.value;
    if (!isObject(value)) throw new Error(`${ref} was not checked before`);
    return value;
  }
}
