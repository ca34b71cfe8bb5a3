import type { IncomingMessage, ServerResponse } from "node:http";
import { callerGone } from "./caller-gone.ts";
import { drained } from "./drained.ts";
import type { AnswerHead, Exchange } from "./exchange.ts";
import { headersFromNode, headersToNode } from "./node-headers.ts";
import { RequestBody } from "./request-body.ts";

/** An exchange over HTTP/1.1. */
export class H1Exchange implements Exchange {
  readonly httpVersion = "1.1";
  readonly method: string;
  readonly url: string;
  readonly header: Headers;
  readonly body: RequestBody;
  status: number | undefined;
  stalledSinceMs: number | undefined;
  readonly #abort = new AbortController();
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #lingerMs: number;
  readonly #isDraining: () => boolean;
  #closesConnection: boolean;
  #trailer: Headers | undefined;

  constructor(request: IncomingMessage, response: ServerResponse, lingerMs: number, isDraining: () => boolean) {
    this.#request = request;
    this.#response = response;
    this.#lingerMs = lingerMs;
    this.#isDraining = isDraining;
    this.#closesConnection = !response.shouldKeepAlive;
    this.method = request.method ?? "";
    this.url = request.url ?? "";
    this.header = headersFromNode(request.headers);
    this.body = new RequestBody(request, () => request.complete);
    request.on("error", () => {}); // "aborted", which "close" tells as well
    response.on("error", () => {});
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  onClose(listener: () => void): void {
    this.#response.once("close", () => {
      if (!this.#response.writableFinished) this.#abort.abort(callerGone());
      listener();
    });
  }

  answerEmpty(head: AnswerHead): void {
    this.#writeHead(head, head.trailer === undefined ? { "content-length": "0" } : {});
    this.end();
  }

  begin(head: AnswerHead): void {
    this.#writeHead(head, {});
  }

  write(chunk: Uint8Array): Promise<void> | undefined {
    if (this.#response.destroyed || this.#response.write(chunk)) return undefined;
    this.stalledSinceMs = performance.now();
    return drained(this.#response).finally(() => {
      this.stalledSinceMs = undefined;
    });
  }

  end(): void {
    if (this.#response.destroyed) return;
    this.stalledSinceMs = performance.now();
    if (this.#trailer !== undefined) this.#response.addTrailers(headersToNode(this.#trailer));
    if (this.body.whole) this.#response.end();
    else this.#endEarly();
  }

  cut(): void {
    this.#request.socket.destroy();
  }

  #writeHead({ status, header, trailer }: AnswerHead, more: Readonly<Record<string, string>>): void {
    if (this.#response.destroyed) return;
    const fields = { ...headersToNode(header), ...more };
    if (this.#isDraining()) fields.connection = "close";
    if (fields.connection === "close") this.#closesConnection = true;
    this.status = status;
    this.#trailer = trailer;
    this.#response.writeHead(status, fields);
  }

  /**
   * The caller has its answer while it still sends. On a connection that lives on, the rest is dropped as it comes. On
   * one that ends with the answer, the end waits for the rest: closing on unread bytes is a TCP reset, and the reset may
   * overtake the answer. Both for a while only.
   */
  #endEarly(): void {
    this.body.drop();
    if (this.#closesConnection) {
      const end = (): void => {
        clearTimeout(timer);
        this.#response.end();
      };
      const timer = setTimeout(end, this.#lingerMs);
      this.#request.once("end", end).once("close", end);
    } else {
      this.#response.end();
      const timer = setTimeout(() => this.cut(), this.#lingerMs);
      this.#request.once("end", () => clearTimeout(timer)).once("close", () => clearTimeout(timer));
    }
  }
}
