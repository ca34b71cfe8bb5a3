/** What one contender did in one round. Latencies in milliseconds. */
export interface Sample {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** Something that can be put under load for a while. */
export interface Contender {
  readonly name: string;
  round(durationMs: number): Promise<Sample>;
  close(): Promise<void>;
}

export interface Result {
  readonly name: string;
  /** One entry a round. */
  readonly samples: readonly Sample[];
}

export interface Rounds {
  readonly rounds: number;
  readonly roundMs: number;
}

/** Lets the contenders take turns, so that all of them share the machine's good and bad moments; first once to warm up. */
export async function compete(
  contenders: readonly Contender[],
  { rounds, roundMs }: Rounds,
): Promise<readonly Result[]> {
  const samples = new Map<string, Sample[]>(contenders.map(({ name }) => [name, []]));
  for (let round = 0; round <= rounds; round++) {
    process.stderr.write(round === 0 ? "warming up\n" : `round ${round} of ${rounds}\n`);
    for (const contender of contenders) {
      const sample = await contender.round(roundMs);
      if (round > 0) samples.get(contender.name)?.push(sample);
    }
  }
  return [...samples].map(([name, taken]) => ({ name, samples: taken }));
}

/** Keeps `concurrency` calls running for `durationMs` and measures each. A call that fails ends the benchmark. */
export async function closedLoop(
  call: () => Promise<unknown>,
  concurrency: number,
  durationMs: number,
): Promise<Sample> {
  const latencies: number[] = [];
  const start = performance.now();
  const end = start + durationMs;
  await Promise.all(
    Array.from({ length: concurrency }, async () => {
      for (let began = performance.now(); began < end; began = performance.now()) {
        await call();
        latencies.push(performance.now() - began);
      }
    }),
  );
  return sampleOf(latencies, performance.now() - start);
}

export function sampleOf(latencies: readonly number[], elapsedMs: number): Sample {
  const sorted = Float64Array.from(latencies).sort();
  const at = (share: number): number =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
  return { perSecond: (latencies.length * 1000) / elapsedMs, p50Ms: at(0.5), p99Ms: at(0.99) };
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2;
}
