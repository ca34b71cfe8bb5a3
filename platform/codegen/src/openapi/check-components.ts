import { checkSchema } from "./check-schema.ts";
import { checkName } from "./names.ts";
import type { ContractNode } from "./node.ts";

const members = new Set([
  "schemas",
  "parameters",
  "headers",
  "responses",
  "requestBodies",
  "examples",
  "securitySchemes",
]);

/** Checks what is defined under components, used or not. `reserved` are type names that the generated code has already. */
export function checkComponents(root: ContractNode, reserved: ReadonlySet<string>): void {
  const components = root.member("components");
  if (components === undefined) return;
  components.allowOnly("A document", members, {
    callbacks: "Publish an event instead.",
    links: "Say it in the description.",
    pathItems: "Write paths where they are used.",
  });
  for (const schema of components.membersOf("schemas")) {
    checkName(schema, "schema", schema.name);
    if (reserved.has(schema.name))
      schema.refuse(`The generated code has a ${schema.name} of its own.`, "Rename the schema.");
    checkSchema(schema);
  }
}
