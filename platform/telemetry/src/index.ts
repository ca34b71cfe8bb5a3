export { SpanKind } from "@opentelemetry/api";
export { count, gauge, type InstrumentName, recordSeconds } from "./instruments.ts";
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
export { activeTraceHeaders, type HeaderSink, type HeaderSource } from "./propagation.ts";
export {
  activeTraceId,
  type OpenSpan,
  type SpanLinks,
  type SpanOptions,
  startClientSpan,
  startConsumerSpan,
  startProducerSpan,
  startServerSpan,
  withSpan,
} from "./spans.ts";
export { startTelemetry, type Telemetry, type TelemetryOptions } from "./start.ts";
