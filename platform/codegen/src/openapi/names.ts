import { isInheritedName } from "./json.ts";
import type { ContractNode } from "./node.ts";

/**
 * What names may look like where they become names in code, routes or headers. Everything else is refused rather than
 * escaped: such a name is a slip or an attack.
 */
export const namePatterns = {
  service: /^[a-z][a-z0-9-]{0,62}$/,
  operation: /^[a-z][A-Za-z0-9]{0,62}$/,
  schema: /^[A-Z][A-Za-z0-9]{0,62}$/,
  pathParameter: /^[A-Za-z][A-Za-z0-9_]{0,62}$/,
  queryParameter: /^[A-Za-z][A-Za-z0-9_.-]{0,62}$/,
  header: /^[A-Za-z][A-Za-z0-9-]{0,62}$/,
  prefix: /^(?:\/[A-Za-z0-9._~-]+)*$/,
  path: /^(?:\/(?:[A-Za-z0-9._~-]+|\{[A-Za-z][A-Za-z0-9_]{0,62}\}))+$/,
} as const;

/** Reports a name that does not fit its pattern, or that every JavaScript object already has. */
export function checkName(node: ContractNode, kind: keyof typeof namePatterns, name: string): boolean {
  const pattern = namePatterns[kind];
  if (!pattern.test(name)) {
    node.refuse(`The name ${JSON.stringify(name)} cannot be generated.`, `It must match ${pattern.source}.`);
    return false;
  }
  return checkNotInherited(node, name);
}

export function checkNotInherited(node: ContractNode, name: string): boolean {
  if (!isInheritedName(name)) return true;
  node.refuse(`Every JavaScript object has a ${JSON.stringify(name)}.`, "Choose another name.");
  return false;
}
