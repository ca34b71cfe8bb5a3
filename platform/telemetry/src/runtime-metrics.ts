import { monitorEventLoopDelay } from "node:perf_hooks";
import type { MeterProvider } from "@opentelemetry/api";
import { instrumentNames } from "./names.ts";
import { SCOPE } from "./spans.ts";

/** Reports how late the event loop runs: the saturation of a Node process. Returns what stops it. */
export function reportEventLoopDelay(provider: MeterProvider): () => void {
  const delay = monitorEventLoopDelay({ resolution: 20 });
  delay.enable();
  const gauge = provider.getMeter(SCOPE).createObservableGauge(instrumentNames.eventLoopDelayP99, { unit: "s" });
  gauge.addCallback((result) => {
    result.observe(delay.percentile(99) / 1e9);
    delay.reset();
  });
  return () => void delay.disable();
}
