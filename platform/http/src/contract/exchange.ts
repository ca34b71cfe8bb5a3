import type { IncomingMessage, ServerResponse } from "node:http";
import type { Context } from "hono";

/** What the host and the operation it serves tell each other about one request. */
export interface Exchange {
  readonly traceId: string;
  /** Set by the operation: names the span, the metrics and the log line. */
  route?: string;
  /** Set with a problem: its code, for the log line. */
  code?: string;
  /** Set when something failed that is our fault or a neighbour's: marks the span. */
  error?: unknown;
}

/** What Hono hands to handlers as `c.env`. Nothing is there when an app is called without a host, as in tests. */
export interface HostBindings {
  readonly incoming?: IncomingMessage;
  readonly outgoing?: ServerResponse;
  readonly exchange?: Exchange;
}

/** A request inside Hono. */
export type HostContext = Context<{ Bindings: HostBindings }>;
