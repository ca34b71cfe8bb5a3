export {
  createLogger,
  type LogFields,
  type Logger,
  type LoggerOptions,
  type LogLevel,
  silentLogger,
} from "./logger.ts";
export { type HttpServed, type RpcCalled, recordHttpServed, recordRpcCalled, recordRpcServed } from "./metrics.ts";
export { attributeNames } from "./names.ts";
export type { HeaderSink, HeaderSource } from "./propagation.ts";
export {
  activeTraceId,
  type OpenSpan,
  type SpanOptions,
  startClientSpan,
  startServerSpan,
  withSpan,
} from "./spans.ts";
export { startTelemetry, type Telemetry, type TelemetryOptions } from "./start.ts";
