import { context, metrics, propagation, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { W3CTraceContextPropagator } from "@opentelemetry/core";
import { OTLPMetricExporter } from "@opentelemetry/exporter-metrics-otlp-http";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { registerInstrumentations } from "@opentelemetry/instrumentation";
import { PgInstrumentation } from "@opentelemetry/instrumentation-pg";
import { type Resource, resourceFromAttributes } from "@opentelemetry/resources";
import { type IMetricReader, MeterProvider, PeriodicExportingMetricReader } from "@opentelemetry/sdk-metrics";
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  BatchSpanProcessor,
  ParentBasedSampler,
  type SpanProcessor,
  TracerProvider,
} from "@opentelemetry/sdk-trace";
import { logExportErrors } from "./export-errors.ts";
import type { Logger } from "./logger.ts";
import { attributeNames } from "./names.ts";
import { reportEventLoopDelay } from "./runtime-metrics.ts";

/** How long the last flush may take, in milliseconds. */
const FLUSH_MS = 2000;

export interface TelemetryOptions {
  readonly service: string;
  readonly version?: string;
  /** Base URL of an OTLP/HTTP collector, for instance `http://127.0.0.1:4318`. Unset: nothing is recorded or sent. */
  readonly otlpEndpoint?: string | undefined;
  /** Told, once a minute at most, when the collector cannot be reached. */
  readonly logger?: Logger;
  /** Further receivers of finished spans; tests use an in-memory one. */
  readonly spanProcessors?: readonly SpanProcessor[];
  /** Further readers of metrics. */
  readonly metricReaders?: readonly IMetricReader[];
}

export interface Telemetry {
  /** Sends what is left and stops, within 2 seconds even if the collector is gone. Idempotent. Never rejects. */
  shutdown(): Promise<void>;
}

/**
 * Starts traces and metrics for this process. Call it before the database driver is imported, or its queries get no spans
 * (`runService` does). Without an endpoint and processors spans are not recorded, but they still have valid ids, which are
 * passed on and appear in logs.
 */
export function startTelemetry(options: TelemetryOptions): Telemetry {
  const resource = resourceFromAttributes({
    [attributeNames.serviceName]: options.service,
    [attributeNames.serviceVersion]: options.version,
  });
  const tracing = startTracing(options, resource);
  const measuring = startMetrics(options, resource);
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  const silence = options.logger === undefined ? () => {} : logExportErrors(options.logger);

  const stop = async (): Promise<void> => {
    await within(FLUSH_MS, Promise.allSettled([tracing.stop(), measuring.stop()]));
    silence();
    for (const api of [trace, metrics, context, propagation]) api.disable();
  };
  let stopping: Promise<void> | undefined;
  return {
    shutdown() {
      stopping ??= stop();
      return stopping;
    },
  };
}

interface Signal {
  stop(): Promise<void>;
}

function startTracing({ spanProcessors = [], otlpEndpoint }: TelemetryOptions, resource: Resource): Signal {
  const processors = [...spanProcessors, ...otlpSpans(otlpEndpoint)];
  const recording = processors.length > 0;
  const sampler = recording ? new ParentBasedSampler({ root: new AlwaysOnSampler() }) : new AlwaysOffSampler();
  const provider = new TracerProvider({ resource, spanProcessors: processors, sampler });
  trace.setGlobalTracerProvider(provider);
  const unpatch = recording ? registerInstrumentations({ instrumentations: [pgInstrumentation()] }) : () => {};
  return {
    async stop() {
      await provider.shutdown();
      unpatch();
    },
  };
}

/** Spans of queries only below a span of ours: the sweepers' polls would drown everything else. */
const pgInstrumentation = (): PgInstrumentation =>
  new PgInstrumentation({ requireParentSpan: true, ignoreConnectSpans: true });

function startMetrics({ metricReaders = [], otlpEndpoint }: TelemetryOptions, resource: Resource): Signal {
  const readers = [...metricReaders, ...otlpMetrics(otlpEndpoint)];
  const provider = new MeterProvider({ resource, readers });
  metrics.setGlobalMeterProvider(provider);
  const stopDelay = readers.length > 0 ? reportEventLoopDelay(provider) : () => {};
  return {
    async stop() {
      await provider.shutdown();
      stopDelay();
    },
  };
}

function otlpSpans(endpoint: string | undefined): SpanProcessor[] {
  if (endpoint === undefined) return [];
  return [new BatchSpanProcessor({ exporter: new OTLPTraceExporter({ url: signalUrl(endpoint, "traces") }) })];
}

function otlpMetrics(endpoint: string | undefined): IMetricReader[] {
  if (endpoint === undefined) return [];
  const exporter = new OTLPMetricExporter({ url: signalUrl(endpoint, "metrics") });
  return [new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 10_000, exportTimeoutMillis: 5000 })];
}

const signalUrl = (endpoint: string, signal: string): string => `${endpoint.replace(/\/+$/, "")}/v1/${signal}`;

async function within(ms: number, work: Promise<unknown>): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  await Promise.race([work, promise]);
  clearTimeout(timer);
}
