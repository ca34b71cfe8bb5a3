import { DiagLogLevel, diag } from "@opentelemetry/api";
import type { Logger } from "./logger.ts";

/** How often a collector that is gone is mentioned, in milliseconds. */
const EVERY_MS = 60_000;

/**
 * Logs that traces or metrics could not be sent, once a minute at most. Returns what stops it. Listens to OpenTelemetry's
 * diagnostics, which all copies of its packages share; the error handler of its core is one per copy.
 */
export function logExportErrors(logger: Logger): () => void {
  let saidAtMs = Number.NEGATIVE_INFINITY;
  const say = (detail: string): void => {
    const nowMs = performance.now();
    if (nowMs - saidAtMs < EVERY_MS) return;
    saidAtMs = nowMs;
    logger.warn({ detail }, "telemetry could not be sent");
  };
  const ignore = (): void => {};
  diag.setLogger(
    { error: say, warn: say, info: ignore, debug: ignore, verbose: ignore },
    { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
  );
  return () => diag.disable();
}
