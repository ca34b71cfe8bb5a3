import type { Auth, Idempotency, Policy, Rate } from "@gantry/kernel";
import type { Place } from "../refusal/place.ts";

export type Streaming = "unary" | "client_stream" | "server_stream" | "bidi_stream";

/** A way into the system, as a gateway sees it. */
export interface Route {
  readonly kind: "rpc" | "transcoded" | "http";
  readonly service: string;
  readonly methods: readonly string[];
  readonly path: string;
  readonly operation: string;
  readonly auth: Auth;
  readonly idempotency: Idempotency;
  readonly deadlineMs: number;
  readonly retryAttempts: number;
  readonly rate: Rate | undefined;
  readonly streaming: Streaming;
  /** Of a transcoded route: where the request body goes, and what of the response is the response body. */
  readonly body: string | undefined;
  readonly responseBody: string | undefined;
}

/** A route and where it is declared. */
export interface PlacedRoute extends Route {
  readonly place: Place;
}

/** What a route takes over from its operation's policy. */
export const fromPolicy = ({ auth, idempotency, deadlineMs, retryAttempts, rate }: Policy) => ({
  auth,
  idempotency,
  deadlineMs,
  retryAttempts,
  rate,
});
