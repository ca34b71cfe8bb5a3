import { cpus } from "node:os";
import { median, type Result, type Rounds } from "./measure.ts";

/** What a ratio is held against, in words; the benchmark prints it and never fails by it. */
export interface Aim {
  readonly contender: string;
  readonly ratio: number;
}

/**
 * Prints the contenders side by side, each with its ratio to the first. The ratio is the median over the rounds of the
 * ratio within a round, so that a slow moment of the machine touches both sides of it.
 */
export function report(title: string, results: readonly Result[], rounds: Rounds, aims: readonly Aim[] = []): void {
  const baseline = results[0];
  if (baseline === undefined) return;
  const width = Math.max(...results.map(({ name }) => name.length));
  const lines = results.map((result) => line(result, baseline, width, aims));
  const cpu = cpus();
  process.stdout.write(
    [
      "",
      `${title}`,
      `${rounds.rounds} rounds of ${rounds.roundMs} ms, medians; ${cpu.length} × ${cpu[0]?.model ?? "unknown CPU"}, Node ${process.version}`,
      "",
      `${"".padEnd(width)}   req/s     p50 ms   p99 ms   ratio   (min .. max)`,
      ...lines,
      "",
    ].join("\n"),
  );
}

function line(result: Result, baseline: Result, width: number, aims: readonly Aim[]): string {
  const { samples, name } = result;
  const ratios = samples.map(({ perSecond }, round) => perSecond / (baseline.samples[round]?.perSecond ?? Number.NaN));
  const aim = aims.find(({ contender }) => contender === name);
  return [
    name.padEnd(width),
    number(median(samples.map(({ perSecond }) => perSecond)), 0, 8),
    number(median(samples.map(({ p50Ms }) => p50Ms)), 2, 9),
    number(median(samples.map(({ p99Ms }) => p99Ms)), 2, 8),
    number(median(ratios), 2, 7),
    `  (${Math.min(...ratios).toFixed(2)} .. ${Math.max(...ratios).toFixed(2)})`,
    aim === undefined ? "" : `  aim ≥ ${aim.ratio}`,
  ].join("");
}

const number = (value: number, digits: number, width: number): string => value.toFixed(digits).padStart(width);
