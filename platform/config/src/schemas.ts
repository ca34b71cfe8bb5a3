import { z } from "zod";

/** Bounds of a number, both included. */
export interface Bounds {
  readonly min: number;
  readonly max: number;
}

/** A whole number in decimal digits, without signs of more (`1e3`, `0x10`, `1.0` and blanks are refused). */
export function integer({ min, max }: Bounds) {
  const rule = `must be a whole number from ${min} to ${max}`;
  return z
    .string(rule)
    .regex(/^-?\d{1,15}$/, { error: rule, abort: true })
    .transform(Number)
    .refine((value) => value >= min && value <= max, rule);
}

/** A TCP port; 0 lets the system choose a free one. */
export const port = () => integer({ min: 0, max: 65_535 });

/** A duration in whole milliseconds. Put the unit into the names: `ORDER_SWEEP_INTERVAL_MS`, `sweepIntervalMs`. */
export const durationMs = (bounds: Bounds) => integer(bounds);

/** `true` or `false`, and nothing that merely looks like it. */
export const flag = () => choice(["true", "false"]).transform((value) => value === "true");

/** One of a closed set of words. */
export function choice<const Word extends string>(words: readonly Word[]) {
  return z.enum(words, `must be one of ${words.join(", ")}`);
}

/** A text of bounded length, in characters. */
export function text({ min, max }: Bounds) {
  const rule = `must be ${min} to ${max} characters long`;
  return z.string(rule).min(min, rule).max(max, rule);
}

/** An absolute URL of one of the given schemes (without colon), as text. */
export function url(schemes: readonly string[]) {
  const starts = schemes.map((scheme) => `${scheme}://`);
  const rule = `must be a URL starting with ${starts.join(" or ")}`;
  const fits = (value: string): boolean =>
    starts.some((start) => value.startsWith(start)) && (URL.parse(value)?.host ?? "") !== "";
  return z.string(rule).refine(fits, rule);
}

/** The address of an HTTP service. */
export const httpUrl = () => url(["http", "https"]);

/** The address of a PostgreSQL database, user and password included: always a secret. */
export const postgresUrl = () => url(["postgres", "postgresql"]);

/** The address of a Redis, user and password included, percent-encoded: always a secret. */
export function redisUrl() {
  const rule = "must be percent-encoded, with nothing but a database's number behind the host";
  const fits = (value: string): boolean => {
    const parts = URL.parse(value);
    return parts !== null && /^(\/\d{0,3})?$/.test(parts.pathname) && isDecodable(parts.username + parts.password);
  };
  return url(["redis", "rediss"]).refine(fits, rule);
}

function isDecodable(encoded: string): boolean {
  try {
    decodeURIComponent(encoded);
    return true;
  } catch {
    return false;
  }
}

/** One or more `host:port`, separated by commas, as a list. */
export function brokers() {
  const rule = "must be host:port, several of them separated by commas";
  const isAddress = (part: string): boolean => /^(?:[\w.-]+|\[[\da-f:]+\]):[1-9]\d{0,4}$/i.test(part);
  return z
    .string(rule)
    .transform((value) => value.split(",").map((part) => part.trim()))
    .refine((parts) => parts.every(isAddress), rule);
}

/** A JSON document of the given shape. */
export function json<S extends z.ZodType>(shape: S) {
  return z
    .string("must be a JSON document")
    .transform((value, context): unknown => {
      try {
        return JSON.parse(value);
      } catch {
        context.addIssue({ code: "custom", message: "must be a JSON document" });
        return z.NEVER;
      }
    })
    .pipe(shape);
}
