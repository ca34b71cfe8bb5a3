import type { Policy } from "@gantry/kernel";
import type { JsonObject } from "./json.ts";
import type { ContractNode } from "./node.ts";

/** An OpenAPI document that was read, checked and found to be one that code can be generated for. */
export interface Api {
  /** The contract's file, relative to the working directory. */
  readonly file: string;
  /** The service that implements it, from the file's name: `order` of `order.openapi.yaml`. */
  readonly service: string;
  /** What comes before every path, without a slash at the end: `/api/v1`. */
  readonly prefix: string;
  readonly operations: readonly Operation[];
  /** The names under components/schemas, in the document's order. */
  readonly schemas: readonly string[];
  readonly root: ContractNode;
}

export const methods = ["get", "put", "post", "delete", "patch"] as const;

export type Method = (typeof methods)[number];

export interface Operation {
  readonly id: string;
  readonly method: Method;
  /** As written under `paths`: what openapi-typescript and the client know. */
  readonly path: string;
  /** The name of the operation in the policy table: `POST /api/v1/orders`. */
  readonly key: string;
  readonly summary: string | undefined;
  readonly policy: Policy;
  readonly parameters: readonly Parameter[];
  readonly body: RequestBody | undefined;
  readonly responses: readonly ResponseSpec[];
}

export type Location = "path" | "query" | "header";

export type Scalar = "string" | "integer" | "number" | "boolean";

export interface Parameter {
  readonly in: Location;
  readonly name: string;
  readonly required: boolean;
  /** What the text on the wire is turned into, or each item of a list. */
  readonly type: Scalar;
  readonly list: boolean;
  /** The value that stands in when the parameter is left out. */
  readonly fallback: string | number | boolean | readonly (string | number | boolean)[] | undefined;
  readonly schema: JsonObject;
}

export interface RequestBody {
  readonly required: boolean;
  readonly schema: JsonObject;
}

export type MediaType = "application/json" | "application/problem+json";

export interface ResponseSpec {
  readonly status: number;
  readonly body: { readonly mediaType: MediaType; readonly schema: JsonObject } | undefined;
  readonly headers: readonly ResponseHeader[];
}

export interface ResponseHeader {
  readonly name: string;
  readonly required: boolean;
  readonly schema: JsonObject;
}
