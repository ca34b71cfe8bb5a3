import { constants, type IncomingHttpHeaders, type ServerHttp2Stream } from "node:http2";
import type { LocalAnswer } from "../refusal/refusal.ts";
import { type Caller, plainAddress } from "./caller.ts";

/** How long END_STREAM gets to leave before a client that still sends is stopped, in milliseconds. */
const STOP_AFTER_MS = 100;

/** A request over one stream of h2. */
export class H2Caller implements Caller {
  readonly isH2 = true;
  readonly method: string;
  readonly target: string;
  readonly authority: string | undefined;
  readonly rawHeaders: readonly string[];
  readonly address: string;
  readonly source: ServerHttp2Stream;
  readonly sink: ServerHttp2Stream;
  readonly isBodyless: boolean;
  readonly length: number | undefined;
  readonly #expects: boolean;
  #trailers: readonly string[] = [];

  constructor(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, raw: readonly string[]) {
    this.source = stream;
    this.sink = stream;
    this.method = headers[":method"] ?? "";
    this.target = headers[":path"] ?? "";
    this.authority = authorityOf(headers);
    this.rawHeaders = raw;
    this.address = plainAddress(stream.session?.socket.remoteAddress);
    this.isBodyless = stream.endAfterHeaders;
    const length = headers["content-length"];
    this.length = length === undefined ? undefined : Number(length);
    this.#expects = headers.expect !== undefined;
    stream.on("error", ignore); // "close" tells as well
    stream.on("wantTrailers", () => {
      if (this.isGone) return;
      // without sendTrailers, even of nothing, the stream would end by a reset
      stream.sendTrailers(fieldsOf(this.#trailers));
      this.#stopSending();
    });
  }

  get isGone(): boolean {
    return this.sink.destroyed || this.sink.closed;
  }

  /** "end" comes for a reset and for a lost session as well. */
  get isBodyWhole(): boolean {
    return this.source.readableEnded && !this.source.aborted && this.source.rstCode === constants.NGHTTP2_NO_ERROR;
  }

  invite(): void {
    if (this.#expects && !this.isGone) this.sink.additionalHeaders({ ":status": 100 });
  }

  begin(status: number, fields: string[], isEmpty: boolean): void {
    if (this.isGone) return;
    const list = [":status", String(status), ...fields];
    this.sink.respond(list, isEmpty ? { endStream: true } : { waitForTrailers: true });
    if (isEmpty) this.#stopSending();
  }

  end(trailers: readonly string[]): void {
    this.#trailers = trailers;
    if (!this.sink.destroyed) this.sink.end();
  }

  cut(): void {
    // close() would send END_STREAM first, and half an answer would look whole
    this.sink.destroy(new Error("cut"));
  }

  answer({ status, fields, body }: LocalAnswer): void {
    if (this.isGone) return;
    this.source.removeAllListeners("data").on("data", ignore);
    const isEmpty = body.length === 0 || this.method === "HEAD";
    this.sink.respond([":status", String(status), ...fields], { endStream: isEmpty });
    if (isEmpty) this.#stopSending();
    else this.sink.end(body, () => this.#stopSending());
  }

  onClose(listener: (isComplete: boolean) => void): void {
    this.sink.once("close", () => {
      const { writableFinished, rstCode, aborted } = this.sink;
      listener(writableFinished && !aborted && rstCode === constants.NGHTTP2_NO_ERROR);
    });
  }

  /** RFC 9113, 8.1: RST_STREAM with NO_ERROR after a complete answer asks a client who still sends to stop. */
  #stopSending(): void {
    if (this.source.readableEnded || this.isBodyless) return;
    setTimeout(() => {
      if (!this.isGone) this.sink.close(constants.NGHTTP2_NO_ERROR);
    }, STOP_AFTER_MS).unref();
  }
}

const ignore = (): void => {};

/** `host` unlike `:authority` would make two readers of one request (RFC 9113, 8.3.1). */
function authorityOf({ ":authority": authority, host }: IncomingHttpHeaders): string | undefined {
  if (authority === undefined) return host;
  return host === undefined || host === authority ? authority : undefined;
}

/** sendTrailers takes no raw list. */
function fieldsOf(list: readonly string[]): Record<string, string[]> {
  const fields = new Map<string, string[]>();
  for (let index = 0; index < list.length; index += 2) {
    const name = list[index] ?? "";
    const values = fields.get(name) ?? [];
    values.push(list[index + 1] ?? "");
    fields.set(name, values);
  }
  return Object.fromEntries(fields);
}
