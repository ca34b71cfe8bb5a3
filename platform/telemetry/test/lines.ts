import { createLogger, type Logger, type LoggerOptions } from "../src/index.ts";

/** A logger whose lines can be read. */
export function readableLogger(options: Partial<LoggerOptions> = {}): {
  log: Logger;
  lines: Record<string, unknown>[];
} {
  const lines: Record<string, unknown>[] = [];
  const destination = { write: (line: string): void => void lines.push(JSON.parse(line)) };
  return { log: createLogger({ service: "test", level: "trace", ...options, destination }), lines };
}
