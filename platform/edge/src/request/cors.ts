import type { KnownFields } from "./request-head.ts";

/** What browsers may send: plain JSON, Connect, gRPC-Web, and what the contracts name. */
const allowedHeaders = [
  "authorization",
  "connect-accept-encoding",
  "connect-content-encoding",
  "connect-protocol-version",
  "connect-timeout-ms",
  "content-encoding",
  "content-type",
  "grpc-timeout",
  "idempotency-key",
  "if-match",
  "if-none-match",
  "last-event-id",
  "session-uuid",
  "traceparent",
  "tracestate",
  "x-grpc-web",
  "x-request-id",
  "x-session-uuid",
  "x-user-agent",
].join(", ");

/** What scripts may read. */
const exposedHeaders = [
  "connect-content-encoding",
  "content-encoding",
  "etag",
  "grpc-encoding",
  "grpc-message",
  "grpc-status",
  "grpc-status-details-bin",
  "idempotency-replayed",
  "location",
  "retry-after",
  "x-request-id",
].join(", ");

/** How long a browser may keep the answer to a preflight, in seconds. Chromium's own maximum. */
const MAX_AGE_SEC = 7200;

/** Cross-origin requests (Fetch standard): which origins of browsers may call. Only origins that are named, never `*`. */
export class Cors {
  readonly #origins: ReadonlySet<string>;

  constructor(origins: readonly string[]) {
    this.#origins = new Set(origins);
  }

  /** What goes on every answer to a browser of a known origin; nothing for others. Names and values in turn. */
  fields({ origin }: KnownFields): readonly string[] {
    if (origin === undefined || !this.#origins.has(origin)) return none;
    return [
      "access-control-allow-origin",
      origin,
      "access-control-allow-credentials",
      "true",
      "access-control-expose-headers",
      exposedHeaders,
      "vary",
      "origin",
    ];
  }

  /** Whether this is a question of a browser whether it may ask. One of another origin is a plain OPTIONS. */
  isPreflight(method: string, known: KnownFields): boolean {
    if (method !== "OPTIONS" || known["access-control-request-method"] === undefined) return false;
    return known.origin !== undefined && this.#origins.has(known.origin);
  }

  /** The answer to a preflight, besides {@link fields}. */
  preflight(methods: readonly string[]): readonly string[] {
    return [
      "access-control-allow-methods",
      methods.join(", "),
      "access-control-allow-headers",
      allowedHeaders,
      "access-control-max-age",
      String(MAX_AGE_SEC),
    ];
  }
}

const none: readonly string[] = [];
