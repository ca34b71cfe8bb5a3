import { type Attributes, type MeterProvider, metrics } from "@opentelemetry/api";
import { DURATION_BUCKETS } from "./metrics.ts";
import { instrumentNames } from "./names.ts";
import { SCOPE } from "./spans.ts";

/** An instrument by its name in code. */
export type InstrumentName = keyof typeof instrumentNames;

type Write = (value: number, attributes: Attributes) => void;
type Kind = "counter" | "gauge" | "seconds";

/** Adds to a counter. */
export const count = (name: InstrumentName, by = 1, attributes: Attributes = {}): void =>
  instrument("counter", name)(by, attributes);

/** Says what something measures now. */
export const gauge = (name: InstrumentName, value: number, attributes: Attributes = {}): void =>
  instrument("gauge", name)(value, attributes);

/** Adds a duration in seconds to a histogram. */
export const recordSeconds = (name: InstrumentName, seconds: number, attributes: Attributes = {}): void =>
  instrument("seconds", name)(seconds, attributes);

let made: { readonly provider: MeterProvider; readonly instruments: Map<InstrumentName, Write> } | undefined;

/** Made at its first use, and again for another provider: the API has no late binding for metrics. */
function instrument(kind: Kind, name: InstrumentName): Write {
  const provider = metrics.getMeterProvider();
  if (made?.provider !== provider) made = { provider, instruments: new Map() };
  const known = made.instruments.get(name);
  if (known !== undefined) return known;
  const fresh = make(kind, name, provider);
  made.instruments.set(name, fresh);
  return fresh;
}

function make(kind: Kind, name: InstrumentName, provider: MeterProvider): Write {
  const meter = provider.getMeter(SCOPE);
  if (kind === "counter") {
    const counter = meter.createCounter(instrumentNames[name]);
    return (value, attributes) => counter.add(value, attributes);
  }
  if (kind === "gauge") {
    const current = meter.createGauge(instrumentNames[name]);
    return (value, attributes) => current.record(value, attributes);
  }
  const advice = { explicitBucketBoundaries: DURATION_BUCKETS };
  const histogram = meter.createHistogram(instrumentNames[name], { unit: "s", advice });
  return (value, attributes) => histogram.record(value, attributes);
}
