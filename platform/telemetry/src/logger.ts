import { isSpanContextValid, trace } from "@opentelemetry/api";
import { type LoggerOptions as PinoOptions, pino } from "pino";
import { createScrubber } from "./scrub.ts";
import { type LineSink, stdout } from "./stdout.ts";
import { isoClock } from "./timestamp.ts";

/** What a line carries besides its message. Keys in snake_case; an `Error` anywhere is written with its causes. */
export type LogFields = Readonly<Record<string, unknown>>;

/** How bad, from noise to the end. */
export type LogLevel = "trace" | "debug" | "info" | "warn" | "error" | "fatal";

/**
 * A structured log. Facts go into `fields`, where they are redacted by key; `message` is a constant text and is written
 * as it is. Never throws, never waits for a network.
 */
export interface Logger {
  trace(fields: LogFields, message: string): void;
  debug(fields: LogFields, message: string): void;
  info(fields: LogFields, message: string): void;
  warn(fields: LogFields, message: string): void;
  error(fields: LogFields, message: string): void;
  fatal(fields: LogFields, message: string): void;
  /** A logger that adds these fields to each of its lines. */
  child(fields: LogFields): Logger;
}

export interface LoggerOptions {
  /** The `service` of each line. */
  readonly service: string;
  /** Lines below are dropped at the cost of a function call. Default `info`. */
  readonly level?: LogLevel;
  /** Keys whose values are never written, at any depth, however they are cased (the contracts' `sensitive` fields). */
  readonly sensitiveFields?: ReadonlySet<string>;
  /**
   * Takes each line, newline included. Default: stdout; warnings and worse at once, the rest within 10 ms, everything when
   * the process exits.
   */
  readonly destination?: LineSink;
}

/**
 * A logger that writes one JSON object per line: `level`, `time` (ISO 8601), `service`, `trace_id` and `span_id` of the
 * active span, the fields, `message`.
 */
export function createLogger(options: LoggerOptions): Logger {
  const scrub = createScrubber(options.sensitiveFields ?? new Set());
  const iso = isoClock();
  const service = JSON.stringify(options.service);
  const clean = (fields: object): Record<string, unknown> => renameReserved(scrub(fields));
  const settings: PinoOptions = {
    level: options.level ?? "info",
    messageKey: "message",
    base: null,
    // pino copies this text into the line as it is; here no field can take the place of the service's name.
    timestamp: () => `,"time":"${iso(Date.now())}","service":${service}`,
    serializers: {},
    formatters: { level: (level) => ({ level }), log: (fields) => addActiveIds(clean(fields)) },
  };
  const root = pino(settings, options.destination ?? stdout());
  // pino writes a child's fields without asking a formatter. Children inherit this method from the root.
  const makeChild = root.child;
  return Object.assign(root, {
    child(this: typeof root, fields: LogFields): Logger {
      return makeChild.call(this, clean(fields));
    },
  });
}

/** What the logger writes itself. A field of such a name gets a dash behind it, or the line had the key twice. */
const reserved = ["level", "time", "service", "message"] as const;

function renameReserved(line: Record<string, unknown>): Record<string, unknown> {
  for (const key of reserved) {
    if (line[key] === undefined) continue;
    line[`${key}_`] = line[key];
    delete line[key];
  }
  return line;
}

function addActiveIds(line: Record<string, unknown>): Record<string, unknown> {
  const span = trace.getActiveSpan()?.spanContext();
  if (span === undefined || !isSpanContextValid(span)) return line;
  line.trace_id = span.traceId;
  line.span_id = span.spanId;
  return line;
}

const ignore = (): void => {};

/** Writes nothing. For tests and for code that may run without a log. */
export const silentLogger: Logger = {
  trace: ignore,
  debug: ignore,
  info: ignore,
  warn: ignore,
  error: ignore,
  fatal: ignore,
  child: () => silentLogger,
};
