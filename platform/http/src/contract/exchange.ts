import type { IncomingMessage, ServerResponse } from "node:http";
import type { Context } from "hono";
import { quotableTraceId } from "../problem/trace-id.ts";

/** What the host and the operation it serves tell each other about one request. */
export class Exchange {
  /** Set by the operation: names the span, the metrics and the log line. */
  route: string | undefined;
  /** Set with a problem: its code, for the log line. */
  code: string | undefined;
  /** Set when something failed that is our fault or a neighbour's: marks the span. */
  error: unknown;
  #traceId: string | undefined;

  constructor(traceId?: string) {
    this.#traceId = traceId;
  }

  /** Made when first asked for: where nothing is traced, most requests never need one. */
  get traceId(): string {
    this.#traceId = quotableTraceId(this.#traceId);
    return this.#traceId;
  }
}

/** What Hono hands to handlers as `c.env`. Nothing is there when an app is called without a host, as in tests. */
export interface HostBindings {
  readonly incoming?: IncomingMessage;
  readonly outgoing?: ServerResponse;
  readonly exchange?: Exchange;
}

/** A request inside Hono. */
export type HostContext = Context<{ Bindings: HostBindings }>;
