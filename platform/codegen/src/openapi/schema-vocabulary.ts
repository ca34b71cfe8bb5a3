/** What a schema may say about itself without a rule. Never reaches a validator. */
export const annotations: ReadonlySet<string> = new Set(["title", "description", "example", "examples", "deprecated"]);

/** Keywords by the type they speak about. */
export const keywordTypes = {
  string: ["minLength", "maxLength", "pattern"],
  number: ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"],
  array: ["items", "minItems", "maxItems", "uniqueItems"],
  object: ["properties", "required", "additionalProperties", "propertyNames", "minProperties", "maxProperties"],
} as const;

/** Rules that are taken over as they are. */
export const plainKeywords: ReadonlySet<string> = new Set([
  "type",
  "enum",
  "const",
  "format",
  "required",
  ...keywordTypes.string,
  ...keywordTypes.number,
  "minItems",
  "maxItems",
  "uniqueItems",
  "minProperties",
  "maxProperties",
]);

/** Everything a schema may hold. */
export const schemaMembers: ReadonlySet<string> = new Set([
  ...annotations,
  ...plainKeywords,
  "items",
  "properties",
  "additionalProperties",
  "propertyNames",
  "oneOf",
  "anyOf",
  "allOf",
  "not",
]);

/** What to do instead of what is not supported. */
export const unsupportedKeywords: Readonly<Record<string, string>> = {
  default: "Only a parameter's own schema has a default. Say it in the description and apply it in the handler.",
  nullable: 'That is OpenAPI 3.0. Say type: [string, "null"].',
  discriminator: "Use oneOf with a property that only one branch has, or a const in each.",
  readOnly: "Use one schema for requests and another for answers.",
  writeOnly: "Use one schema for requests and another for answers.",
  if: "Use oneOf.",
  // biome-ignore lint/suspicious/noThenProperty: JSON Schema calls it so, and the table is never awaited
  then: "Use oneOf.",
  else: "Use oneOf.",
  patternProperties: "Use additionalProperties with propertyNames.",
  unevaluatedProperties: "Use additionalProperties: false.",
  unevaluatedItems: "Use items.",
  prefixItems: "Use an object with named properties.",
  contains: "Say it in the description and check it in the handler.",
  dependentRequired: "Use oneOf.",
  dependentSchemas: "Use oneOf.",
  $defs: "Define it under components/schemas.",
  $id: "Refer to #/components/schemas/<Name>.",
  $anchor: "Refer to #/components/schemas/<Name>.",
  $dynamicRef: "Refer to #/components/schemas/<Name>.",
  $dynamicAnchor: "Refer to #/components/schemas/<Name>.",
  xml: "Bodies are JSON.",
};

/** The formats that the validators check. */
export const formats: ReadonlySet<string> = new Set([
  "uuid",
  "date-time",
  "date",
  "time",
  "email",
  "uri",
  "uri-reference",
  "int32",
  "int64",
  "float",
  "double",
]);
