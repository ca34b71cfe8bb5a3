import {
  type Context,
  context,
  propagation,
  ROOT_CONTEXT,
  type TextMapGetter,
  type TextMapSetter,
} from "@opentelemetry/api";

/** Incoming headers: the web's `Headers`, or the header object of a Node request. */
export type HeaderSource = Pick<Headers, "get"> | Readonly<Record<string, string | readonly string[] | undefined>>;

/** Outgoing headers. */
export type HeaderSink = Pick<Headers, "set">;

const isHeaders = (source: HeaderSource): source is Pick<Headers, "get"> => typeof source.get === "function";

const getter: TextMapGetter<HeaderSource> = {
  keys: () => [],
  get: (source, name) => {
    if (isHeaders(source)) return source.get(name) ?? undefined;
    const value = source[name];
    return typeof value === "string" || value === undefined ? value : [...value];
  },
};

const setter: TextMapSetter<HeaderSink> = { set: (sink, name, value) => sink.set(name, value) };

/** The caller's trace context (W3C `traceparent`, `tracestate`); a fresh one when it sent none or a malformed one. */
export const extractContext = (headers: HeaderSource): Context => propagation.extract(ROOT_CONTEXT, headers, getter);

/** Writes the active trace context into outgoing headers. */
export const injectContext = (headers: HeaderSink, from: Context = context.active()): void =>
  propagation.inject(from, headers, setter);

/**
 * The active span's context as headers (`traceparent`, `tracestate`): for what is stored now and goes on later, as an event
 * in an outbox does. Empty without an active span.
 */
export function activeTraceHeaders(): Readonly<Record<string, string>> {
  const headers: Record<string, string> = {};
  injectContext({ set: (name, value) => void Object.assign(headers, { [name]: value }) });
  return headers;
}
