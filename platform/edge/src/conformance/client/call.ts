import type { Readable, Writable } from "node:stream";
import type { Field } from "../fixture/fields.ts";
import { h1Call } from "./h1-call.ts";
import { h2Call } from "./h2-call.ts";

export type HttpVersion = "1.1" | "2";
export const versions: readonly HttpVersion[] = ["1.1", "2"];

/** A request; what is not named is a GET without fields or body over HTTP/1.1. */
export interface CallOptions {
  readonly version?: HttpVersion;
  readonly method?: string;
  /** As it goes on the wire. */
  readonly target: string;
  /** As they go on the wire, `host` and `:authority` aside. */
  readonly fields?: readonly Field[];
  /** Instead of the gateway's own. */
  readonly authority?: string;
  /** The address to come from. */
  readonly localAddress?: string;
}

export interface Head {
  readonly status: number;
  readonly fields: readonly Field[];
}

/** A running request, of its own connection. */
export interface Call {
  /** Rejects when it breaks off before. */
  readonly head: Promise<Head>;
  /** Resolves with the informational answers' codes so far. */
  readonly informed: readonly number[];
  readonly request: Writable;
  /** Sends what comes before the body at once, not together with its first piece. */
  sendHead(): void;
  /** Available after the head. */
  body(): Readable;
  /** Resolves when the answer is over: with its trailers, or with `undefined` when it broke off. */
  readonly over: Promise<readonly Field[] | undefined>;
  /** Goes away without a word. */
  abort(): void;
}

/** Begins a request; the caller writes its body and ends it. */
export function begin(url: string, options: CallOptions): Call {
  return options.version === "2" ? h2Call(url, options) : h1Call(url, options);
}
