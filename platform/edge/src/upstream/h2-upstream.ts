import { type ClientHttp2Stream, constants, type IncomingHttpHeaders } from "node:http2";
import { watchEndOfStream } from "./end-of-stream.ts";
import type { H2Session } from "./h2-session.ts";
import { H2Sessions } from "./h2-sessions.ts";
import type { Upstream, UpstreamCall, UpstreamListener, UpstreamRequest } from "./upstream.ts";

const { NGHTTP2_FLAG_END_STREAM, NGHTTP2_NO_ERROR, NGHTTP2_REFUSED_STREAM } = constants;

/** A service that speaks h2 with prior knowledge. */
export function createH2Upstream(url: string): Upstream {
  const { protocol, origin } = new URL(url);
  if (protocol !== "http:") throw new RangeError(`a service must be at http://…, not at ${url}`);
  const sessions = new H2Sessions(origin);
  return {
    open: (request, listener) => new H2Call(sessions, sessions.pick(), request, listener),
    close: () => sessions.close(),
  };
}

class H2Call implements UpstreamCall {
  readonly sink: ClientHttp2Stream;
  readonly #listener: UpstreamListener;
  readonly #abort = new AbortController();
  readonly #hasEnded: () => boolean;
  #trailers: readonly string[] = [];
  #isAnswered = false;
  #isFailed = false;

  constructor(sessions: H2Sessions, on: H2Session, request: UpstreamRequest, listener: UpstreamListener) {
    this.#listener = listener;
    this.sink = on.session.request(headersOf(request), {
      endStream: request.isBodyless,
      signal: this.#abort.signal,
    });
    on.streams++;
    this.#hasEnded = watchEndOfStream(this.sink);
    this.sink
      .on("trailers", (_fields: IncomingHttpHeaders, _flags: number, raw: string[]) => {
        this.#trailers = raw;
      })
      .on("response", (fields, flags, raw) => this.#head(fields[":status"] ?? 0, flags, raw))
      .on("error", (error: NodeJS.ErrnoException) => {
        if (error.code === "ERR_HTTP2_GOAWAY_SESSION") sessions.forget(on);
        this.#fail(this.sink.rstCode === NGHTTP2_REFUSED_STREAM || isUnsent(error));
      })
      .on("close", () => {
        on.streams--;
        if (!this.#isAnswered || this.sink.rstCode !== NGHTTP2_NO_ERROR) {
          this.#fail(this.sink.rstCode === NGHTTP2_REFUSED_STREAM);
        }
      });
  }

  /** CANCEL, at once. close(CANCEL) sends END_STREAM first: half an upload would look whole. */
  cancel(): void {
    this.#abort.abort();
  }

  #head(status: number, flags: number, rawHeaders: readonly string[]): void {
    this.#isAnswered = true;
    this.#listener.head({
      status,
      rawHeaders,
      body: this.sink,
      isEmpty: (flags & NGHTTP2_FLAG_END_STREAM) !== 0,
      trailers: () => (this.sink.rstCode === NGHTTP2_NO_ERROR && this.#hasEnded() ? this.#trailers : undefined),
    });
  }

  /** "error" and "close" come for one failure; a repeat must not hear the second. */
  #fail(isUnbegun: boolean): void {
    if (this.#isFailed) return;
    this.#isFailed = true;
    this.#listener.fail(isUnbegun);
  }
}

/** Errors of streams that never left. */
const isUnsent = ({ code }: NodeJS.ErrnoException): boolean =>
  code === "ERR_HTTP2_GOAWAY_SESSION" || code === "ECONNREFUSED";

function headersOf({ method, target, authority, fields, length, wantsTrailers }: UpstreamRequest): string[] {
  const headers = [":method", method, ":scheme", "http", ":authority", authority, ":path", target, ...fields];
  if (length !== undefined) headers.push("content-length", String(length));
  if (wantsTrailers) headers.push("te", "trailers");
  return headers;
}
