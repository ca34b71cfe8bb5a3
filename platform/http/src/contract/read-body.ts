import type { IncomingMessage } from "node:http";
import { AppError } from "@gantry/kernel";
import type { HostContext } from "./exchange.ts";
import { headerOf } from "./read-parameters.ts";

/** Why a body is not there: it was not sent, or it is not JSON. */
export type NoBody = "absent" | "malformed";

export type Body = { readonly json: unknown } | NoBody;

/**
 * The request's JSON body. An empty one is absent where it may be, and no JSON where it is required.
 * @throws AppError `unsupported_media_type`, or `payload_too_large` as soon as more than `maxBytes` have come
 */
export async function readBody(c: HostContext, need: "required" | "optional", maxBytes: number): Promise<Body> {
  const type = headerOf(c, "content-type");
  if (type === undefined && !hasBody(c)) return "absent";
  if (!isJson(type)) throw unsupportedMediaType(type);
  const text = await readText(c, maxBytes);
  if (text === "" && need === "optional") return "absent";
  try {
    return { json: JSON.parse(text) };
  } catch {
    return "malformed";
  }
}

const hasBody = (c: HostContext): boolean =>
  headerOf(c, "transfer-encoding") !== undefined || Number(headerOf(c, "content-length") ?? 0) > 0;

const isJson = (type: string | undefined): boolean =>
  type === "application/json" || (type !== undefined && /^application\/json\s*(?:;|$)/i.test(type));

async function readText(c: HostContext, maxBytes: number): Promise<string> {
  const incoming = c.env?.incoming;
  if (incoming !== undefined) return decode(await collect(incoming, maxBytes));
  const bytes = new Uint8Array(await c.req.arrayBuffer());
  if (bytes.byteLength > maxBytes) throw payloadTooLarge(maxBytes);
  return decode(bytes);
}

const decoder = new TextDecoder();

const decode = (bytes: Uint8Array): string => decoder.decode(bytes);

/** Straight from the socket: a web stream in between would cost more than the parsing. */
function collect(incoming: IncomingMessage, maxBytes: number): Promise<Uint8Array> {
  if (Number(incoming.headers["content-length"] ?? 0) > maxBytes) return Promise.reject(payloadTooLarge(maxBytes));
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const onData = (chunk: Buffer): void => {
      size += chunk.length;
      if (size > maxBytes) fail(payloadTooLarge(maxBytes));
      else chunks.push(chunk);
    };
    const onEnd = (): void => {
      release();
      const [only] = chunks;
      resolve(chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks, size));
    };
    const fail = (error: unknown): void => {
      release();
      reject(error);
    };
    const onClose = (): void => fail(clientGone());
    const release = (): void => {
      incoming.off("data", onData).off("end", onEnd).off("error", onClose).off("close", onClose);
    };
    incoming.on("data", onData).on("end", onEnd).on("error", onClose).on("close", onClose);
  });
}

const payloadTooLarge = (maxBytes: number): AppError =>
  new AppError({
    kind: "payload_too_large",
    reason: "PAYLOAD_TOO_LARGE",
    message: `The body is larger than ${maxBytes} bytes.`,
  });

const unsupportedMediaType = (type: string | undefined): AppError =>
  new AppError({
    kind: "unsupported_media_type",
    reason: "UNSUPPORTED_MEDIA_TYPE",
    message: `${type === undefined ? "A body without a content type" : type.slice(0, 100)} is not taken here. Send application/json.`,
  });

/** Nobody is left to be told; it ends the work on the request. */
const clientGone = (): AppError =>
  new AppError({
    kind: "cancelled",
    reason: "CLIENT_CLOSED_REQUEST",
    message: "The client left before its request was complete.",
  });
