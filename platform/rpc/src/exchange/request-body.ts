import type { Readable } from "node:stream";
import type { ConnectError } from "@connectrpc/connect";
import { callerGone } from "./caller-gone.ts";

type Pending = PromiseWithResolvers<IteratorResult<Uint8Array, undefined>>;

const done: IteratorResult<Uint8Array, undefined> = { done: true, value: undefined };

/**
 * The bytes of a request, to be read once.
 *
 * Unlike the iterator of a Node stream it leaves the stream alone when the reader stops early, for instance because a
 * message is too large: destroying the stream would reset the connection before the answer is out (HTTP/1.1), or leave
 * the peer waiting for flow control for ever (h2).
 */
export class RequestBody implements AsyncIterableIterator<Uint8Array, undefined> {
  readonly #source: Readable;
  readonly #isWhole: () => boolean;
  readonly #chunks: Uint8Array[] = [];
  #started = false;
  #pending: Pending | undefined;
  #end: { readonly error?: ConnectError } | undefined;

  /** @param isWhole whether the peer has sent everything; Node also tells "end" when the connection is lost */
  constructor(source: Readable, isWhole: () => boolean) {
    this.#source = source;
    this.#isWhole = isWhole;
  }

  /** Whether everything has arrived. */
  get whole(): boolean {
    return this.#isWhole();
  }

  /** Whether a reader still waits for bytes, or would if it went on. */
  get open(): boolean {
    return this.#end === undefined;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<Uint8Array, undefined>> {
    if (!this.#started) this.#start();
    const value = this.#chunks.shift();
    if (value !== undefined) return Promise.resolve({ done: false, value });
    if (this.#end !== undefined) {
      return this.#end.error === undefined ? Promise.resolve(done) : Promise.reject(this.#end.error);
    }
    this.#pending = Promise.withResolvers();
    this.#source.resume();
    return this.#pending.promise;
  }

  return(): Promise<IteratorResult<Uint8Array, undefined>> {
    this.drop();
    return Promise.resolve(done);
  }

  /** Ends the reading with an error; what still arrives is dropped. */
  fail(error: ConnectError): void {
    this.#settle({ error });
    this.drop();
  }

  /** Nobody reads on: what still arrives is dropped, so that the peer is not held up. */
  drop(): void {
    this.#settle({});
    this.#chunks.length = 0;
    this.#source.resume();
  }

  #start(): void {
    this.#started = true;
    // an empty body may have "ended" unread by now, and a lost peer may have closed it
    if (this.#source.readableEnded || this.#source.destroyed) {
      this.#onEnd();
    } else {
      this.#source.on("data", (chunk: Uint8Array) => this.#onData(chunk));
      this.#source.once("end", () => this.#onEnd());
      this.#source.once("close", () => this.#onEnd());
    }
  }

  #onData(chunk: Uint8Array): void {
    if (this.#pending !== undefined) {
      const { resolve } = this.#pending;
      this.#pending = undefined;
      resolve({ done: false, value: chunk });
    } else if (this.#end === undefined) {
      this.#chunks.push(chunk);
      this.#source.pause();
    }
  }

  #onEnd(): void {
    this.#settle(this.#isWhole() ? {} : { error: callerGone() });
  }

  #settle(end: { readonly error?: ConnectError }): void {
    if (this.#end !== undefined) return;
    this.#end = end;
    if (this.#pending === undefined) return;
    if (end.error === undefined) this.#pending.resolve(done);
    else this.#pending.reject(end.error);
    this.#pending = undefined;
  }
}
