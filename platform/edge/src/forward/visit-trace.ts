import { activeTraceHeaders, attributeNames, type OpenSpan, startServerSpan } from "@gantry/telemetry";
import type { KnownFields } from "../request/request-head.ts";

const NO_TRACE = "0".repeat(32);

/** The span of one request: below the client's, and above those of the services that it reaches. */
export class VisitTrace {
  readonly span: OpenSpan;
  /** The trace context that goes on: names and values in turn. */
  readonly fields: readonly string[];

  constructor(method: string, { traceparent, tracestate }: KnownFields) {
    const sent = { traceparent, tracestate };
    this.span = startServerSpan(method, sent, { [attributeNames.httpMethod]: method });
    const own = this.span.run(activeTraceHeaders);
    this.fields = flat(own.traceparent === undefined ? sent : own);
  }

  /** Undefined where nothing is traced. */
  get traceId(): string | undefined {
    return this.span.traceId === NO_TRACE ? undefined : this.span.traceId;
  }

  get traceparent(): string | undefined {
    return this.fields[0] === "traceparent" ? this.fields[1] : undefined;
  }
}

const flat = (headers: Readonly<Record<string, string | undefined>>): string[] =>
  Object.entries(headers).flatMap(([name, value]) => (value === undefined ? [] : [name, value]));
