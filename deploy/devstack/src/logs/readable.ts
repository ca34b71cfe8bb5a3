import type { Paint } from "./paint.ts";

/** Said elsewhere on the line, or of no use to a reader at a terminal. */
const hidden = new Set(["level", "time", "service", "message", "span_id"]);
const MAX_VALUE = 300;

/** A line of JSON log as a person reads it: `12:03:04.123 WARN message key=value`. Any other line as it is. */
export function readable(line: string, paint: Paint): string {
  const entry = parse(line);
  if (entry === undefined) return line;
  const { level, time, message } = entry;
  const fields = Object.entries(entry).filter(([key]) => !hidden.has(key));
  const tail = fields.map(([key, value]) => `${key}=${show(value)}`).join(" ");
  return [paint.dim(clock(time)), levelMark(level, paint), String(message ?? ""), paint.dim(tail)]
    .filter((part) => part !== "")
    .join(" ");
}

function parse(line: string): Readonly<Record<string, unknown>> | undefined {
  if (!line.startsWith("{")) return undefined;
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null && "level" in value ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

const clock = (time: unknown) => (typeof time === "string" ? time.slice(11, 23) : "");

function levelMark(level: unknown, paint: Paint): string {
  if (level === "info") return "";
  const mark = String(level).toUpperCase();
  if (level === "warn") return paint.warn(mark);
  return level === "error" || level === "fatal" ? paint.error(mark) : paint.dim(mark);
}

function show(value: unknown): string {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.length > MAX_VALUE ? `${text.slice(0, MAX_VALUE)}…` : text;
}
