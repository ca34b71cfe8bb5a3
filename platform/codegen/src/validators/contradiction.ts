import { _, type CodeKeywordDefinition, str } from "ajv/dist/core.js";

/** The keyword of our own that always fails, with the rule and message it is given. */
export const CONTRADICTION = "gantryContradiction";

/** Its code for Ajv. The texts are schema values, so they enter the generated code as quoted literals. */
export const contradiction: CodeKeywordDefinition = {
  keyword: CONTRADICTION,
  schemaType: "object",
  error: {
    message: ({ schema }) => str`${String(schema.message)}`,
    params: ({ schema }) => _`{rule: ${String(schema.rule)}}`,
  },
  code: (cxt) => cxt.fail(),
};
