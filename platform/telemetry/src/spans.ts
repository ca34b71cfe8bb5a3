import { AppError } from "@gantry/kernel";
import {
  type Attributes,
  type Context,
  context,
  isSpanContextValid,
  type Link,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from "@opentelemetry/api";
import { attributeNames } from "./names.ts";
import { extractContext, type HeaderSink, type HeaderSource, injectContext } from "./propagation.ts";

/** The scope under which Gantry's own spans and metrics appear. */
export const SCOPE = "gantry";

/** A span that its maker must end, exactly once. */
export interface OpenSpan {
  /** 32 hexadecimal digits; present whether or not the trace is exported. */
  readonly traceId: string;
  /** Runs `fn` with this span as the active one, asynchronous continuations included. */
  run<T>(fn: () => T): T;
  /** Renames it, for instance when the route is known. */
  rename(name: string): void;
  set(attributes: Attributes): void;
  /** Ends it. With an error it is marked failed, and the error's kind becomes `error.type`. */
  end(error?: unknown): void;
}

/** The trace id of the active span, if there is one. */
export function activeTraceId(): string | undefined {
  const span = trace.getActiveSpan()?.spanContext();
  return span !== undefined && isSpanContextValid(span) ? span.traceId : undefined;
}

/** Starts the span of a request that came in, as a child of the caller's span if its headers name one. */
export const startServerSpan = (name: string, headers: HeaderSource, attributes: Attributes = {}): OpenSpan =>
  open(name, SpanKind.SERVER, attributes, extractContext(headers));

/** Starts the span of a request that goes out, below the active span, and writes its context into the headers. */
export function startClientSpan(name: string, headers: HeaderSink, attributes: Attributes = {}): OpenSpan {
  const span = open(name, SpanKind.CLIENT, attributes, context.active());
  injectContext(headers, span.context);
  return span;
}

/** What came before a span without being its parent, as the headers that it travelled in. */
export type SpanLinks = readonly HeaderSource[];

/**
 * Starts the span in which an event is made, below the active span. Its context (`activeTraceHeaders` inside of `run`)
 * travels with the event and is the parent of all who handle it.
 */
export const startProducerSpan = (name: string, attributes: Attributes = {}): OpenSpan =>
  open(name, SpanKind.PRODUCER, attributes, context.active());

/** Starts the span in which one event is handled, as a child of the span in which it was made. */
export const startConsumerSpan = (name: string, headers: HeaderSource, attributes: Attributes = {}): OpenSpan =>
  open(name, SpanKind.CONSUMER, attributes, extractContext(headers), linkToActive());

/** What {@link withSpan} starts. */
export interface SpanOptions {
  readonly kind?: SpanKind;
  readonly attributes?: Attributes;
  readonly links?: SpanLinks;
}

/** Runs `fn` inside a span of its own, which ends when `fn` has; what it throws is noted and thrown on. */
export async function withSpan<T>(
  name: string,
  options: SpanOptions,
  fn: (span: OpenSpan) => Promise<T> | T,
): Promise<T> {
  const span = open(
    name,
    options.kind ?? SpanKind.INTERNAL,
    options.attributes ?? {},
    context.active(),
    linksTo(options.links ?? []),
  );
  try {
    const result = await span.run(() => fn(span));
    span.end();
    return result;
  } catch (error) {
    span.end(error);
    throw error;
  }
}

/** More are of no use to a reader, and the SDK drops what is beyond 128. */
const MAX_LINKS = 100;

function linksTo(sources: SpanLinks): Link[] {
  return sources.slice(0, MAX_LINKS).flatMap((headers) => {
    const linked = trace.getSpanContext(extractContext(headers));
    return linked === undefined ? [] : [{ context: linked }];
  });
}

function linkToActive(): Link[] {
  const active = trace.getActiveSpan()?.spanContext();
  return active === undefined || !isSpanContextValid(active) ? [] : [{ context: active }];
}

function open(
  name: string,
  kind: SpanKind,
  attributes: Attributes,
  parent: Context,
  links: Link[] = [],
): OpenSpan & { context: Context } {
  const span = trace.getTracer(SCOPE).startSpan(name, { kind, attributes, links }, parent);
  const own = trace.setSpan(parent, span);
  return {
    context: own,
    traceId: span.spanContext().traceId,
    run: (fn) => context.with(own, fn),
    rename: (to) => void span.updateName(to),
    set: (more) => void span.setAttributes(more),
    end: (error) => end(span, error),
  };
}

/** The message of an error may name a person's data, so only its type goes into the trace. The log has the rest. */
function end(span: Span, error: unknown): void {
  if (error !== undefined && span.isRecording()) {
    const type = errorType(error);
    span.setAttribute(attributeNames.errorType, type);
    span.setStatus({ code: SpanStatusCode.ERROR, message: type });
  }
  span.end();
}

/** The low-cardinality name of an error: an AppError's reason, else the error's class. */
function errorType(error: unknown): string {
  if (AppError.is(error)) return error.reason;
  return error instanceof Error ? error.name : "unknown";
}
