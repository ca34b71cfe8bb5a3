/** A whole answer over HTTP/1.1. */
export interface HttpAnswer {
  readonly status: number;
  /** Names in lower case and values in turn, in order, repeats kept. */
  readonly fields: readonly string[];
  readonly body: string;
  /** Whether the connection may carry another question. */
  readonly isLast: boolean;
}

const statusLine = /^HTTP\/1\.1 ([2-5]\d\d)(?: [\t\x20-\x7e]*)?$/;
const fieldLine = /^([!#$%&'*+\-.^`|~\w]+):[\t ]*([\t\x20-\x7e]*?)[\t ]*$/;
const chunkSize = /^[\da-f]{1,6}$/i;

/**
 * Reads an answer as strictly as RFC 9112 allows: the one asked is a server that we know, and what is odd is no answer. Exactly one
 * of `content-length` and `transfer-encoding: chunked`, no chunk extensions, no trailers, no folded lines, nothing behind the end.
 * @param text all that came so far, as latin-1
 * @returns undefined when something is still to come; `odd` when nothing could make an answer of it
 */
export function readAnswer(text: string): HttpAnswer | "odd" | undefined {
  const end = text.indexOf("\r\n\r\n");
  if (end === -1) return undefined;
  const [first = "", ...lines] = text.slice(0, end).split("\r\n");
  const status = statusLine.exec(first)?.[1];
  const fields = readFields(lines);
  if (status === undefined || fields === undefined) return "odd";
  const body = readBody(text, end + 4, fields);
  if (body === undefined || body === "odd") return body;
  const isLast = valuesOf(fields, "connection").some((value) => value.toLowerCase() !== "keep-alive");
  return { status: Number(status), fields, body: body.text, isLast };
}

/** All values of a field. */
export function valuesOf(fields: readonly string[], name: string): readonly string[] {
  const values: string[] = [];
  for (let index = 0; index < fields.length; index += 2)
    if (fields[index] === name) values.push(fields[index + 1] ?? "");
  return values;
}

function readFields(lines: readonly string[]): string[] | undefined {
  const fields: string[] = [];
  for (const line of lines) {
    const [, name, value = ""] = fieldLine.exec(line) ?? [];
    if (name === undefined) return undefined;
    fields.push(name.toLowerCase(), value);
  }
  return fields;
}

type Body = { readonly text: string } | "odd" | undefined;

function readBody(text: string, from: number, fields: readonly string[]): Body {
  const lengths = valuesOf(fields, "content-length");
  const codings = valuesOf(fields, "transfer-encoding");
  const [length, coding] = [lengths[0], codings[0]];
  if (lengths.length + codings.length !== 1) return "odd";
  if (coding !== undefined) return coding.toLowerCase() === "chunked" ? readChunks(text, from) : "odd";
  if (length === undefined || !/^\d{1,6}$/.test(length)) return "odd";
  return exactly(text, from, from + Number(length));
}

function exactly(text: string, from: number, to: number): Body {
  if (text.length < to) return undefined;
  return text.length === to ? { text: text.slice(from, to) } : "odd";
}

function readChunks(text: string, from: number): Body {
  let [at, body] = [from, ""];
  for (;;) {
    const lineEnd = text.indexOf("\r\n", at);
    if (lineEnd === -1) return undefined;
    const line = text.slice(at, lineEnd);
    if (!chunkSize.test(line)) return "odd";
    const size = Number.parseInt(line, 16);
    const [start, stop] = [lineEnd + 2, lineEnd + 2 + size];
    if (text.length < stop + 2) return undefined;
    if (text.slice(stop, stop + 2) !== "\r\n") return "odd";
    if (size === 0) return text.length === stop + 2 ? { text: body } : "odd";
    body += text.slice(start, stop);
    at = stop + 2;
  }
}
