import type { Auth, Idempotency, Rate } from "./policy.ts";

/** A way into the system, as a gateway sees it. The generated table `@gantry/gen/routes/routes` holds all there are. */
export interface Route {
  /** By the procedure's own path, by a `google.api.http` binding, or of an OpenAPI document. */
  readonly kind: "rpc" | "transcoded" | "http";
  /** The service that answers. */
  readonly service: string;
  readonly methods: readonly string[];
  /** With `{names}` for parameters, each one whole segment. */
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
  /** Of a transcoded route: the request field that the body fills, `*` for all that the path does not. */
  readonly body?: string;
  /** Of a transcoded route: the response field that becomes the body. The whole response without it. */
  readonly responseBody?: string;
}
