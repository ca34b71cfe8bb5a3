import { fileHeader } from "../text/header.ts";
import { literal } from "../text/literal.ts";
import type { Route } from "./route.ts";

const types = `import type { Auth, Idempotency, Rate } from "@gantry/kernel";

/** A way into the system, as a gateway sees it. */
export interface Route {
  /** By the procedure's own path, by a \`google.api.http\` binding, or of an OpenAPI document. */
  readonly kind: "rpc" | "transcoded" | "http";
  /** The service that answers. */
  readonly service: string;
  readonly methods: readonly string[];
  /** With \`{names}\` for parameters. */
  readonly path: string;
  /** The operation's name in the policy table. */
  readonly operation: string;
  /** Who may call. What says SERVICE is nothing for people: a gateway does not serve it. */
  readonly auth: Auth;
  readonly idempotency: Idempotency;
  readonly deadlineMs: number;
  readonly retryAttempts: number;
  readonly rate?: Rate;
  readonly streaming: "unary" | "client_stream" | "server_stream" | "bidi_stream";
  /** Of a transcoded route: the request field that the body fills, \`*\` for all that the path does not. */
  readonly body?: string;
  /** Of a transcoded route: the response field that becomes the body. The whole response without it. */
  readonly responseBody?: string;
}
`;

/** The text of `routes.ts`. */
export function emitRoutes(routes: readonly Route[], document: string): string {
  const rows = routes.map((route) => `  ${literal(rowOf(route))},\n`).join("");
  return [
    fileHeader(`the protos and ${document}`),
    types,
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
