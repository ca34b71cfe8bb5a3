import { type Field, fieldOf } from "../fixture/fields.ts";
import { begin, type Call, type CallOptions } from "./call.ts";
import { within } from "./within.ts";

export interface AskOptions extends CallOptions {
  readonly body?: string | Uint8Array;
}

/** An answer in full. */
export interface Answer {
  /** 0: none came. */
  readonly status: number;
  readonly fields: readonly Field[];
  readonly text: string;
  readonly bytes: Buffer;
  readonly trailers: readonly Field[];
  /** Whether it came to its end; what was cut is not complete. */
  readonly complete: boolean;
}

/** Longer than any answer may take, in milliseconds. */
const WITHIN_MS = 15_000;

const none: Answer = { status: 0, fields: [], text: "", bytes: Buffer.alloc(0), trailers: [], complete: false };

/** Asks and reads the whole answer. A cut is an answer too; nothing within 15 seconds is an error. */
export async function ask(url: string, { body, ...options }: AskOptions): Promise<Answer> {
  const call = begin(url, options);
  call.request.on("error", () => undefined);
  call.request.end(body);
  try {
    return await within(WITHIN_MS, `${options.method ?? "GET"} ${options.target.slice(0, 80)}`, answerOf(call));
  } finally {
    call.abort();
  }
}

/** Reads what a call is answered. */
export async function answerOf(call: Call): Promise<Answer> {
  const head = await call.head.catch(() => undefined);
  if (head === undefined) return none;
  const chunks: Buffer[] = [];
  call.body().on("data", (chunk: Buffer) => chunks.push(chunk));
  const trailers = await call.over;
  const bytes = Buffer.concat(chunks);
  return { ...head, bytes, text: bytes.toString(), trailers: trailers ?? [], complete: trailers !== undefined };
}

/** The body as JSON; undefined for anything else. */
export function jsonOf({ text }: Pick<Answer, "text">): Readonly<Record<string, unknown>> | undefined {
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === "object" && parsed !== null ? { ...parsed } : undefined;
  } catch {
    return undefined;
  }
}

/** A header of an answer. */
export const header = (answer: Pick<Answer, "fields">, name: string): string | undefined =>
  fieldOf(answer.fields, name);
