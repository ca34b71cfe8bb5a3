import { once } from "node:events";
import http2, { type ClientHttp2Session, constants, type IncomingHttpHeaders } from "node:http2";
import { closedLoop, type Sample } from "./measure.ts";

export interface GrpcLoad {
  readonly port: number;
  /** `/pkg.Service/Method`. */
  readonly path: string;
  /** The request message, encoded. */
  readonly message: Uint8Array;
  readonly headers: Readonly<Record<string, string>>;
  readonly concurrency: number;
  readonly durationMs: number;
}

/**
 * Loads a gRPC server with the same bytes again and again over one HTTP/2 connection. It decodes nothing, so that the
 * server and not the load is what gets measured; an answer other than OK ends the benchmark.
 */
export async function loadGrpc({ port, path, message, headers, concurrency, durationMs }: GrpcLoad): Promise<Sample> {
  const session = http2.connect(`http://127.0.0.1:${port}`);
  await once(session, "connect");
  const request = { ":method": "POST", ":path": path, "content-type": "application/grpc", te: "trailers", ...headers };
  const body = framed(message);
  try {
    return await closedLoop(() => call(session, request, body), concurrency, durationMs);
  } finally {
    session.close();
  }
}

async function call(
  session: ClientHttp2Session,
  headers: Readonly<Record<string, string>>,
  body: Buffer,
): Promise<void> {
  const stream = session.request(headers);
  let status: string | undefined;
  const look = (fields: IncomingHttpHeaders): void => {
    status ??= fields["grpc-status"]?.toString();
  };
  stream.on("response", look);
  stream.on("trailers", look);
  stream.end(body);
  stream.resume();
  await once(stream, "close");
  if (status !== "0" || stream.rstCode !== constants.NGHTTP2_NO_ERROR)
    throw new Error(`a call ended with grpc-status ${status}`);
}

/** A gRPC length-prefixed message, not compressed. */
function framed(message: Uint8Array): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}
