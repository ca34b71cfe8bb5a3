import { isObject } from "./json.ts";
import { checkNotInherited } from "./names.ts";
import type { ContractNode } from "./node.ts";
import { annotations, formats, keywordTypes, schemaMembers, unsupportedKeywords } from "./schema-vocabulary.ts";

/** Schema references lead here and nowhere else, so every referenced schema is checked by its own name. */
const reference = /^#\/components\/schemas\/[^/]+$/;

/** The members of a parameter's own schema, which alone has a default: the server puts it in place. */
const parameterSchemaMembers: ReadonlySet<string> = new Set([...schemaMembers, "default"]);

/** Checks a parameter's schema. */
export const checkParameterSchema = (schema: ContractNode): void => checkSchema(schema, parameterSchemaMembers);

/** Checks a schema and everything inside it, but not behind its references. */
export function checkSchema(schema: ContractNode, members: ReadonlySet<string> = schemaMembers): void {
  if (!isObject(schema.value)) {
    schema.refuse("This is no schema.", "Write an object with a type.");
    return;
  }
  if (schema.member("$ref") !== undefined) {
    checkReference(schema);
    return;
  }
  schema.allowOnly("A schema", members, unsupportedKeywords);
  checkTypes(schema);
  checkFormat(schema);
  checkPattern(schema);
  checkEnum(schema);
  checkObject(schema);
  for (const child of childSchemas(schema)) checkSchema(child);
}

function checkReference(schema: ContractNode): void {
  if (!reference.test(schema.text("$ref") ?? "")) {
    schema.refuse("This $ref leads to no schema.", "Use #/components/schemas/<Name>.");
  } else {
    schema.resolved();
  }
  for (const { name } of schema.members()) {
    if (name === "$ref" || annotations.has(name) || name.startsWith("x-")) continue;
    schema.refuse(`${JSON.stringify(name)} beside $ref is lost in the types.`, "Combine the two with allOf.");
  }
}

/** Reports unknown types, and keywords that mean nothing for the type. */
function checkTypes(schema: ContractNode): void {
  const types = typesOf(schema);
  for (const type of types ?? []) {
    if (["string", "integer", "number", "boolean", "array", "object", "null"].includes(type)) continue;
    schema.refuse(
      `${JSON.stringify(type)} is no type.`,
      "JSON has string, integer, number, boolean, array, object, null.",
    );
  }
  for (const [type, keywords] of Object.entries(keywordTypes)) {
    const used = keywords.filter((keyword) => schema.member(keyword) !== undefined);
    if (used.length === 0 || types?.some((stated) => fits(stated, type))) continue;
    schema.refuse(`${used.join(", ")} without type ${type} checks nothing.`, `Say type: ${type}.`);
  }
}

const fits = (stated: string, type: string): boolean => stated === type || (stated === "integer" && type === "number");

function typesOf(schema: ContractNode): readonly string[] | undefined {
  const type = schema.member("type")?.value;
  if (type === undefined) return undefined;
  return Array.isArray(type) ? type.map(String) : [String(type)];
}

function checkFormat(schema: ContractNode): void {
  const format = schema.text("format");
  if (format === undefined || formats.has(format)) return;
  schema
    .member("format")
    ?.refuse(`The format ${JSON.stringify(format)} is unknown.`, `Known are ${[...formats].join(", ")}.`);
}

/** A pattern is only as safe as the text is short: without a bound one request could keep the service busy. */
function checkPattern(schema: ContractNode): void {
  const pattern = schema.text("pattern");
  if (pattern === undefined) return;
  try {
    new RegExp(pattern, "u");
  } catch {
    schema.member("pattern")?.refuse("The pattern is no regular expression (ECMA 262, flag u).", "Correct it.");
  }
  if (typeof schema.member("maxLength")?.value === "number") return;
  schema.member("pattern")?.refuse("A pattern on text of any length is slow when it is hostile.", "Add maxLength.");
}

function checkEnum(schema: ContractNode): void {
  const constant = schema.member("const");
  if (typeof constant?.value === "object" && constant.value !== null) {
    constant.refuse("A constant object cannot be generated.", "Give each of its members a const.");
  }
  const values = schema.member("enum")?.value;
  if (values === undefined) return;
  if (!Array.isArray(values) || values.length === 0) {
    schema.member("enum")?.refuse("An enum is a list of values.", "Name at least one.");
  } else if (values.some((value) => typeof value === "object" && value !== null)) {
    schema.member("enum")?.refuse("An enum of objects cannot be generated.", "Use oneOf.");
  }
}

function checkObject(schema: ContractNode): void {
  const properties = schema.member("properties")?.members() ?? [];
  for (const property of properties) checkNotInherited(property, property.name);
  for (const required of schema.itemsOf("required")) {
    if (properties.some(({ name }) => name === required.value)) continue;
    required.refuse(`${JSON.stringify(required.value)} is required but no property.`, "Add it to properties.");
  }
  if (schema.member("uniqueItems")?.value === true && schema.member("maxItems") === undefined) {
    schema.refuse("Comparing all items of a list of any length is slow when it is hostile.", "Add maxItems.");
  }
}

/** The schemas written inside this one. */
function childSchemas(schema: ContractNode): readonly ContractNode[] {
  const single = ["items", "propertyNames", "additionalProperties", "not"].flatMap((name) => {
    const child = schema.member(name);
    return child === undefined || typeof child.value === "boolean" ? [] : [child];
  });
  const listed = ["oneOf", "anyOf", "allOf"].flatMap((name) => schema.itemsOf(name));
  return [...single, ...listed, ...schema.membersOf("properties")];
}
