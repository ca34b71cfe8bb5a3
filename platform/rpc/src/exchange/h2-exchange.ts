import { constants, type IncomingHttpHeaders, type ServerHttp2Stream } from "node:http2";
import { callerGone } from "./caller-gone.ts";
import { drained } from "./drained.ts";
import type { AnswerHead, Exchange } from "./exchange.ts";
import { headersFromNode, headersToNode } from "./node-headers.ts";
import { RequestBody } from "./request-body.ts";

/** How long END_STREAM gets to leave before a request that is still coming is stopped, in milliseconds. */
const STOP_AFTER_MS = 100;

/** An exchange over one stream of h2. */
export class H2Exchange implements Exchange {
  readonly httpVersion = "2.0";
  readonly method: string;
  readonly url: string;
  readonly header: Headers;
  readonly body: RequestBody;
  status: number | undefined;
  stalledSinceMs: number | undefined;
  readonly #abort = new AbortController();
  readonly #stream: ServerHttp2Stream;

  constructor(stream: ServerHttp2Stream, headers: IncomingHttpHeaders) {
    this.#stream = stream;
    this.method = headers[":method"] ?? "";
    this.url = headers[":path"] ?? "";
    this.header = headersFromNode(headers);
    this.body = new RequestBody(stream, () => isWhole(stream));
    stream.on("error", () => {}); // "close" tells as well
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  onClose(listener: () => void): void {
    this.#stream.once("close", () => {
      if (!this.#stream.writableFinished || this.#stream.rstCode !== constants.NGHTTP2_NO_ERROR) {
        this.#abort.abort(callerGone());
      }
      listener();
    });
  }

  answerEmpty(head: AnswerHead): void {
    const { status, header, trailer } = head;
    if (trailer !== undefined && hasOwnFields(header)) {
      this.begin(head);
      this.end();
    } else if (!this.#isGone()) {
      this.status = status;
      this.stalledSinceMs = performance.now();
      this.#stream.respond(
        { ":status": status, ...headersToNode(header), ...headersToNode(trailer) },
        { endStream: true },
      );
      this.#stopRequest();
    }
  }

  begin({ status, header, trailer }: AnswerHead): void {
    if (this.#isGone()) return;
    this.status = status;
    this.#stream.respond({ ":status": status, ...headersToNode(header) }, { waitForTrailers: trailer !== undefined });
    // without sendTrailers, even of nothing, the stream would never end
    if (trailer !== undefined) {
      this.#stream.once("wantTrailers", () => this.#stream.sendTrailers(headersToNode(trailer)));
    }
  }

  write(chunk: Uint8Array): Promise<void> | undefined {
    if (this.#isGone() || this.#stream.write(chunk)) return undefined;
    this.stalledSinceMs = performance.now();
    return drained(this.#stream).finally(() => {
      this.stalledSinceMs = undefined;
    });
  }

  end(): void {
    if (this.#stream.destroyed) return;
    this.stalledSinceMs = performance.now();
    this.#stream.end();
    this.#stopRequest();
  }

  cut(): void {
    // close() would send END_STREAM first, and half an answer would look whole
    this.#stream.destroy(new Error("cut"));
  }

  #isGone(): boolean {
    return this.#stream.destroyed || this.#stream.closed;
  }

  /** RFC 9113, 8.1: RST_STREAM with NO_ERROR after a complete answer asks a caller who still sends to stop. */
  #stopRequest(): void {
    if (this.body.whole) return;
    const stop = (): void => {
      setTimeout(() => {
        if (!this.#isGone()) this.#stream.close(constants.NGHTTP2_NO_ERROR);
      }, STOP_AFTER_MS).unref();
    };
    this.body.drop();
    if (this.#stream.writableFinished) stop();
    else this.#stream.once("finish", stop);
  }
}

/** What gRPC itself puts into the headers of an answer. */
const grpcFields: ReadonlySet<string> = new Set(["content-type", "grpc-encoding", "grpc-accept-encoding"]);

/**
 * Whether a handler has set headers. If not, the trailers of an empty answer may join them in one block, which gRPC calls
 * "Trailers-Only". Apart they would leave a little later, and a caller who stops sending when it sees the headers of a
 * refusal breaks its own content-length in between, which ends the stream with PROTOCOL_ERROR.
 */
const hasOwnFields = (header: Headers | undefined): boolean =>
  header !== undefined && [...header.keys()].some((name) => !grpcFields.has(name));

const isWhole = (stream: ServerHttp2Stream): boolean =>
  stream.endAfterHeaders || (stream.readableEnded && !stream.aborted && stream.rstCode === constants.NGHTTP2_NO_ERROR);
