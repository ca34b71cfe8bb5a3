export {
  createLogger,
  type LogFields,
  type Logger,
  type LoggerOptions,
  type LogLevel,
  silentLogger,
} from "./logger.ts";
export { type HttpServed, type RpcCalled, recordHttpServed, recordRpcCalled, recordRpcServed } from "./metrics.ts";
export { attributeNames, instrumentNames } from "./names.ts";
export { extractContext, type HeaderSink, type HeaderSource, injectContext } from "./propagation.ts";
export {
  activeTraceId,
  errorType,
  type OpenSpan,
  type SpanOptions,
  startClientSpan,
  startServerSpan,
  withSpan,
} from "./spans.ts";
export { startTelemetry, type Telemetry, type TelemetryOptions } from "./start.ts";
