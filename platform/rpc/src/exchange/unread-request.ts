import { buffer } from "node:stream/consumers";
import { codeToString } from "@connectrpc/connect/protocol-connect";
import { type Unreadable, unreadable } from "../errors/unreadable.ts";
import type { UniversalResponse } from "./universal.ts";

const BAD_REQUEST = 400;
const CLIENT_ERRORS = 400;
/** The first byte of a gRPC-Web frame that holds trailers. */
const TRAILERS = 0x80;
const FRAME_HEAD_BYTES = 5;

/**
 * The answer to a call that never got to a handler, without quoting from the request. Such an answer is one small piece:
 * the error of a Connect call, the trailers of a gRPC-Web call, or no body and trailers.
 */
export async function withoutQuotes(answer: UniversalResponse): Promise<UniversalResponse> {
  const { trailer, header, status, body } = answer;
  const grpc = unreadable(decoded(trailer?.get("grpc-message") ?? ""));
  if (grpc !== undefined && trailer !== undefined) return { ...answer, trailer: refusedTrailer(trailer, grpc) };
  const type = header?.get("content-type") ?? "";
  if (body === undefined) return answer;
  if (type.startsWith("application/grpc-web")) return { ...answer, body: pieces(refusedFrame(await buffer(body))) };
  if (status < CLIENT_ERRORS || type !== "application/json") return answer;
  return refusedCall(answer, await buffer(body));
}

function refusedTrailer(trailer: Headers, { code, message }: Unreadable): Headers {
  const said = new Headers(trailer);
  said.set("grpc-status", String(code));
  said.set("grpc-message", message);
  said.delete("grpc-status-details-bin");
  return said;
}

function refusedCall(answer: UniversalResponse, body: Buffer): UniversalResponse {
  const error: unknown = JSON.parse(body.toString());
  const told = isError(error) ? unreadable(error.message) : undefined;
  if (told === undefined) return { ...answer, body: pieces(body) };
  const text = Buffer.from(JSON.stringify({ code: codeToString(told.code), message: told.message }));
  const header = new Headers(answer.header);
  header.set("content-length", String(text.length));
  return { ...answer, status: BAD_REQUEST, header, body: pieces(text) };
}

const isError = (value: unknown): value is { readonly message: string } =>
  typeof value === "object" && value !== null && "message" in value && typeof value.message === "string";

function refusedFrame(frame: Buffer): Buffer {
  if (frame[0] !== TRAILERS) return frame;
  const trailer = new Headers();
  for (const line of frame.subarray(FRAME_HEAD_BYTES).toString().split("\r\n")) {
    const [name = "", ...value] = line.split(":");
    if (name !== "") trailer.append(name, value.join(":").trim());
  }
  const told = unreadable(decoded(trailer.get("grpc-message") ?? ""));
  return told === undefined ? frame : framed(refusedTrailer(trailer, told));
}

function framed(trailer: Headers): Buffer {
  const text = Buffer.from([...trailer].map(([name, value]) => `${name}: ${value}\r\n`).join(""));
  const head = Buffer.alloc(FRAME_HEAD_BYTES);
  head.writeUInt8(TRAILERS, 0);
  head.writeUInt32BE(text.length, 1);
  return Buffer.concat([head, text]);
}

/** A grpc-message is percent-encoded (gRPC over HTTP/2, "Status-Message"). */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

async function* pieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
