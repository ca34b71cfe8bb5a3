import { describeError } from "./describe-error.ts";
import { sensitiveKeys } from "./sensitive.ts";

const REDACTED = "[redacted]";
/** How deep a logged value is followed. */
const MAX_DEPTH = 8;
/** How many values one line holds, at most. */
const MAX_VALUES = 1000;
/** How long one text may be, in characters. */
const MAX_TEXT = 8192;

/** Copies a value for the log: bounded in depth, number and length, without what must not be shown. Never throws. */
export type Scrub = (fields: object) => Record<string, unknown>;

/** @param sensitiveFields keys to hide besides the built-in ones */
export function createScrubber(sensitiveFields: ReadonlySet<string>): Scrub {
  const isSensitive = sensitiveKeys(sensitiveFields);
  return (fields) => {
    try {
      return new Copy(isSensitive).fields(fields, 0);
    } catch (error) {
      return { unreadable_fields: error instanceof Error ? error.message : "unknown" };
    }
  };
}

class Copy {
  readonly #isSensitive: (key: string) => boolean;
  #left = MAX_VALUES;

  constructor(isSensitive: (key: string) => boolean) {
    this.#isSensitive = isSensitive;
  }

  fields(source: object, depth: number): Record<string, unknown> {
    const copy: Record<string, unknown> = {};
    for (const key of Object.keys(source)) {
      if (this.#left <= 0) return { ...copy, cut: true };
      const value: unknown = Reflect.get(source, key);
      if (value !== undefined) copy[key] = this.#isSensitive(key) ? REDACTED : this.#value(value, depth + 1);
    }
    return copy;
  }

  #value(value: unknown, depth: number): unknown {
    this.#left -= 1;
    if (typeof value === "string") return text(value);
    if (typeof value === "number" || typeof value === "boolean" || value === null) return value;
    if (typeof value === "bigint") return value.toString();
    return typeof value === "object" ? this.#object(value, depth) : undefined;
  }

  #object(value: object, depth: number): unknown {
    if (depth > MAX_DEPTH) return "[cut]";
    if (value instanceof Error) return this.fields(describeError(value), depth);
    if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
    if (Array.isArray(value)) return this.#list(value, depth);
    if ("toJSON" in value && typeof value.toJSON === "function") return this.#value(value.toJSON(), depth + 1);
    return this.fields(value, depth);
  }

  #list(list: readonly unknown[], depth: number): unknown[] {
    const room = Math.max(0, this.#left);
    const copy = list.slice(0, room).map((item) => this.#value(item, depth + 1));
    return list.length > room ? [...copy, "[cut]"] : copy;
  }
}

/** Cuts what is too long and hides the password of a connection URL. */
function text(value: string): string {
  const short = value.length > MAX_TEXT ? `${value.slice(0, MAX_TEXT)}[cut]` : value;
  return short.includes("://") ? short.replace(/(:\/\/[^\s/:@]*):[^\s/@]*@/g, `$1:${REDACTED}@`) : short;
}
