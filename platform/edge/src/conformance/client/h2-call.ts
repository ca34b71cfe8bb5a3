import { type ClientHttp2Session, connect, constants } from "node:http2";
import { connect as connectTcp } from "node:net";
import { type Field, fieldsOf, flat } from "../fixture/fields.ts";
import type { Call, CallOptions, Head } from "./call.ts";

export function h2Call(url: string, options: CallOptions): Call {
  const session = openSession(url, options);
  const call = callOn(session, url, options);
  call.over.then(() => session.close());
  return call;
}

/** A connection; errors come out of the calls on it. */
export function openSession(url: string, { localAddress }: Pick<CallOptions, "localAddress"> = {}): ClientHttp2Session {
  const { hostname, port } = new URL(url);
  const session = connect(url, {
    createConnection: () =>
      connectTcp({ host: hostname, port: Number(port), ...(localAddress === undefined ? {} : { localAddress }) }),
  });
  session.on("error", () => undefined);
  return session;
}

/** A call on a connection that others may use too. */
export function callOn(session: ClientHttp2Session, url: string, options: CallOptions): Call {
  const head = Promise.withResolvers<Head>();
  const over = Promise.withResolvers<readonly Field[] | undefined>();
  const informed: number[] = [];
  // close() would end the request first, so that half an upload looks like a whole one
  const leaving = new AbortController();
  let trailers: readonly Field[] = [];
  const pseudo: Field[] = [
    [":method", options.method ?? "GET"],
    [":path", options.target],
    [":scheme", "http"],
    [":authority", options.authority ?? new URL(url).host],
  ];
  const stream = session.request(flat([...pseudo, ...(options.fields ?? [])]), {
    endStream: false,
    signal: leaving.signal,
  });
  stream.on("headers", (headers) => informed.push(Number(headers[":status"])));
  stream.on("response", (headers, _flags, raw: string[]) =>
    head.resolve({ status: Number(headers[":status"]), fields: fieldsOf(raw) }),
  );
  stream.on("trailers", (_headers, _flags, raw: string[]) => {
    trailers = fieldsOf(raw);
  });
  stream.on("error", (error) => head.reject(error));
  stream.once("close", () => {
    head.reject(new Error(`the stream closed with ${stream.rstCode}`));
    // "end" also comes of a lost connection; the code tells.
    const whole = stream.rstCode === constants.NGHTTP2_NO_ERROR && !stream.aborted && stream.readableEnded;
    over.resolve(whole ? trailers : undefined);
  });
  head.promise.catch(() => undefined);
  return {
    head: head.promise,
    informed,
    request: stream,
    sendHead: () => undefined, // it has left
    body: () => stream,
    over: over.promise,
    abort: () => leaving.abort(),
  };
}
