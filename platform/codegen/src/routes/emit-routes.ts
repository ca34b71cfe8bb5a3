import type { Route } from "@gantry/kernel";
import { fileHeader } from "../text/header.ts";
import { literal } from "../text/literal.ts";

/** The text of `routes.ts`. */
export function emitRoutes(routes: readonly Route[], document: string): string {
  const rows = routes.map((route) => `  ${literal(rowOf(route))},\n`).join("");
  return [
    fileHeader(`the protos and ${document}`),
    `import type { Route } from "@gantry/kernel";\n`,
    "/** Every route there is. What is not here does not exist. */",
    `export const routes: readonly Route[] = [\n${rows}];\n`,
  ].join("\n");
}

const rowOf = ({ kind, service, methods, path, operation, auth, idempotency, ...rest }: Route) => ({
  kind,
  service,
  methods,
  path,
  operation,
  auth,
  idempotency,
  deadlineMs: rest.deadlineMs,
  retryAttempts: rest.retryAttempts,
  rate: rest.rate,
  streaming: rest.streaming,
  body: rest.body,
  responseBody: rest.responseBody,
});
