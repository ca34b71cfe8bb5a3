import type { IncomingMessage, ServerResponse } from "node:http";
import type { LocalAnswer } from "../refusal/refusal.ts";
import { type Caller, plainAddress } from "./caller.ts";

/** How much of a body that nobody wants is read after an early answer, in bytes and milliseconds. */
const LINGER_BYTES = 16 * 1024 * 1024;
const LINGER_MS = 1_000;

/** A request over HTTP/1.1. */
export class H1Caller implements Caller {
  readonly isH2 = false;
  readonly method: string;
  readonly target: string;
  readonly authority: string | undefined;
  readonly rawHeaders: readonly string[];
  readonly source: IncomingMessage;
  readonly sink: ServerResponse;
  readonly isBodyless: boolean;
  readonly length: number | undefined;
  readonly #isDraining: () => boolean;

  constructor(request: IncomingMessage, response: ServerResponse, isDraining: () => boolean) {
    this.source = request;
    this.sink = response;
    this.#isDraining = isDraining;
    this.method = request.method ?? "";
    this.target = request.url ?? "";
    this.authority = request.headers.host;
    this.rawHeaders = request.rawHeaders;
    const length = request.headers["content-length"];
    this.length = length === undefined ? undefined : Number(length);
    this.isBodyless = (this.length ?? 0) === 0 && request.headers["transfer-encoding"] === undefined;
    request.on("error", ignore); // "close" tells as well
    response.on("error", ignore);
  }

  get address(): string {
    return plainAddress(this.source.socket.remoteAddress);
  }

  get isGone(): boolean {
    return this.sink.destroyed;
  }

  get isBodyWhole(): boolean {
    return this.source.complete;
  }

  invite(): void {
    if (this.source.headers.expect !== undefined) this.sink.writeContinue();
  }

  begin(status: number, fields: string[], isEmpty: boolean): void {
    if (this.#isDraining()) fields.push("connection", "close");
    this.sink.writeHead(status, fields);
    if (isEmpty) this.sink.end();
    // a length says that the body comes at once: one packet for both
    else if (!fields.includes("content-length")) this.sink.flushHeaders();
  }

  end(trailers: readonly string[]): void {
    if (trailers.length > 0 && this.sink.chunkedEncoding) this.sink.addTrailers(pairsOf(trailers));
    if (this.source.complete) this.sink.end();
    else if (this.sink.shouldKeepAlive) {
      this.sink.end();
      this.#dropRest(() => this.cut());
    } else this.#endLate();
  }

  cut(): void {
    this.source.socket.destroy();
  }

  answer({ status, fields, body }: LocalAnswer): void {
    const isEarly = !this.source.complete;
    const all = [...fields, "content-length", String(body.length)];
    if (isEarly || this.#isDraining()) all.push("connection", "close");
    this.sink.writeHead(status, all);
    if (!isEarly) {
      this.sink.end(body);
      return;
    }
    this.sink.write(body);
    this.#endLate();
  }

  onClose(listener: (isComplete: boolean) => void): void {
    this.sink.once("close", () => listener(this.sink.writableFinished));
  }

  /**
   * The answer is out, while the client still sends. Its end waits for the rest of the body, for a while: closing on
   * unread bytes is a TCP reset, and the reset may overtake the answer.
   */
  #endLate(): void {
    const end = (): void => {
      if (!this.sink.destroyed) this.sink.end(() => this.source.socket.destroySoon());
    };
    this.#dropRest(end);
    this.source.once("end", end);
    if (this.source.readableEnded) end();
  }

  /** Reads what nobody wants any more, within bounds. */
  #dropRest(onTooMuch: () => void): void {
    let bytes = 0;
    const timer = setTimeout(onTooMuch, LINGER_MS);
    const done = (): void => clearTimeout(timer);
    this.source
      .removeAllListeners("data")
      .on("data", (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > LINGER_BYTES) onTooMuch();
      })
      .once("end", done)
      .once("close", done)
      .resume();
  }
}

const ignore = (): void => {};

function pairsOf(list: readonly string[]): [string, string][] {
  const pairs: [string, string][] = [];
  for (let index = 0; index < list.length; index += 2) pairs.push([list[index] ?? "", list[index + 1] ?? ""]);
  return pairs;
}
