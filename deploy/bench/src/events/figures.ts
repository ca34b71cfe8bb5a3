import { median, type Sample } from "../measure.ts";

/** The median over the rounds of one figure of them. */
export const middle = <T>(rounds: readonly T[], of: (round: T) => number): number => median(rounds.map(of));

export const print = (...lines: readonly string[]): void => void process.stdout.write(`${lines.join("\n")}\n`);

export const whole = (value: number): string => value.toFixed(0).padStart(9);
export const ratio = (value: number): string => value.toFixed(2).padStart(8);
const ms = (value: number): string => value.toFixed(2).padStart(9);

/** A line of a table of latencies: p50 and p99 in milliseconds. */
export const latencyLine = <T>(what: string, rounds: readonly T[], of: (round: T) => Sample): string =>
  `${what.padEnd(44)}${ms(middle(rounds, (each) => of(each).p50Ms))}${ms(middle(rounds, (each) => of(each).p99Ms))}`;
