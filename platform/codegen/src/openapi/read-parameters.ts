import type { Location, Parameter, Scalar } from "./api.ts";
import { checkParameterSchema } from "./check-schema.ts";
import type { Json } from "./json.ts";
import { checkName } from "./names.ts";
import type { ContractNode } from "./node.ts";
import { readSchema } from "./read-schema.ts";

const parameterMembers = new Set([
  "name",
  "in",
  "required",
  "description",
  "schema",
  "style",
  "explode",
  "example",
  "examples",
  "deprecated",
]);

const locations = {
  path: { style: "simple", names: "pathParameter" },
  query: { style: "form", names: "queryParameter" },
  header: { style: "simple", names: "header" },
} as const satisfies Record<Location, object>;

/** Headers with a meaning of their own, which OpenAPI says are no parameters, and those that the host reads. */
const ownHeaders = new Set(["accept", "content-type", "authorization", "content-length", "host", "x-gantry-identity"]);

const scalars: readonly Scalar[] = ["string", "integer", "number", "boolean"];

/** All parameters of an operation; reports those that do not agree with the path's template. */
export function readParameters(operation: ContractNode, path: string): readonly Parameter[] {
  const parameters = operation.itemsOf("parameters").flatMap((item) => readParameter(item) ?? []);
  refuseRepeated(operation, parameters);
  refuseMismatch(operation, parameters, path);
  return parameters;
}

function readParameter(item: ContractNode): Parameter | undefined {
  const node = item.resolved();
  if (node === undefined) return undefined;
  node.allowOnly("A parameter", parameterMembers, { content: "Use schema.", allowReserved: "Take it out." });
  const location = readLocation(node);
  const name = node.text("name") ?? "";
  if (location === undefined || !checkName(node, locations[location].names, name)) return undefined;
  if (location === "header" && ownHeaders.has(name.toLowerCase()))
    node.refuse(`${name} is no parameter.`, "Take it out.");
  checkStyle(node, location);
  const shape = readShape(node, location);
  if (shape === undefined) return undefined;
  const required = node.flag("required");
  if (location === "path" && !required) node.refuse("A path parameter is always there.", "Say required: true.");
  if (required && shape.fallback !== undefined)
    node.refuse("A required parameter has no default.", "Drop one of them.");
  return { in: location, name: location === "header" ? name.toLowerCase() : name, required, ...shape };
}

function readLocation(node: ContractNode): Location | undefined {
  const location = node.text("in");
  if (location === "path" || location === "query" || location === "header") return location;
  node.refuse(
    `Parameters in ${JSON.stringify(location)} cannot be generated.`,
    "Supported are path, query and header.",
  );
  return undefined;
}

function checkStyle(node: ContractNode, location: Location): void {
  const style = node.text("style");
  const expected = locations[location].style;
  if (style !== undefined && style !== expected) node.refuse(`Style ${JSON.stringify(style)}`, `Use ${expected}.`);
  const explode = node.member("explode");
  if (explode !== undefined && explode.value !== (location === "query")) {
    explode.refuse("Lists are repeated parameters.", "Leave explode out.");
  }
}

type Shape = Pick<Parameter, "type" | "list" | "fallback" | "schema">;

function readShape(node: ContractNode, location: Location): Shape | undefined {
  const schema = readSchema(node, checkParameterSchema);
  const resolved = node.member("schema")?.resolved();
  if (schema === undefined || resolved === undefined) return undefined;
  const list = resolved.text("type") === "array";
  if (list && location !== "query") node.refuse("Only query parameters can be lists.", "Take one value.");
  const type = scalarType(list ? resolved.member("items")?.resolved() : resolved);
  if (type === undefined) {
    resolved.refuse(
      "The parameter has no single plain type.",
      `Say type: one of ${scalars.join(", ")}, or a list of one.`,
    );
    return undefined;
  }
  return { type, list, fallback: readDefault(resolved, list), schema };
}

const scalarType = (schema: ContractNode | undefined): Scalar | undefined =>
  scalars.find((scalar) => scalar === schema?.member("type")?.value);

function readDefault(schema: ContractNode, list: boolean): Parameter["fallback"] {
  const node = schema.member("default");
  if (node === undefined) return undefined;
  if (!list && isPlain(node.value)) return node.value;
  if (list && Array.isArray(node.value) && node.value.every(isPlain)) return node.value;
  node.refuse("The default does not fit the parameter.", "Give it a value of the parameter's type.");
  return undefined;
}

const isPlain = (value: Json): value is string | number | boolean => value !== null && typeof value !== "object";

function refuseRepeated(operation: ContractNode, parameters: readonly Parameter[]): void {
  const keys = parameters.map((parameter) => `${parameter.in} ${parameter.name}`);
  for (const [index, key] of keys.entries()) {
    if (keys.indexOf(key) < index) operation.refuse(`The parameter ${key} is declared twice.`, "Drop one.");
  }
}

function refuseMismatch(operation: ContractNode, parameters: readonly Parameter[], path: string): void {
  const declared = parameters.filter((parameter) => parameter.in === "path").map(({ name }) => name);
  const written = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => name);
  const missing = written.filter((name) => !declared.includes(name));
  const extra = declared.filter((name) => !written.includes(name));
  if (missing.length > 0) operation.refuse(`The path's ${missing.join(", ")} is not declared.`, "Add the parameter.");
  if (extra.length > 0) operation.refuse(`${extra.join(", ")} is not in the path.`, "Put it there or take it out.");
  if (new Set(written).size < written.length) operation.refuse("The path names a parameter twice.", "Rename one.");
}
