import { capitalized, pascalCase } from "../text/words.ts";

/** What the generated server exports for an operation. */
export const inputName = (operationId: string): string => `${capitalized(operationId)}Input`;
export const resultName = (operationId: string): string => `${capitalized(operationId)}Result`;

/** What it exports for the service. */
export const apiName = (service: string): string => `${pascalCase(service)}Api`;

/** Names that it imports, and names of TypeScript that it uses. */
const used = ["AnswerSpec", "Call", "Contract", "Guard", "Immutable", "Promise", "ServicePrincipal", "UserPrincipal"];

/** Every type name that a schema must leave free. */
export const reservedNames = (service: string, operationIds: readonly string[]): ReadonlySet<string> =>
  new Set([...used, apiName(service), ...operationIds.flatMap((id) => [inputName(id), resultName(id)])]);
