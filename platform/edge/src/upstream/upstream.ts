import type { Readable, Writable } from "node:stream";

/** A request as it goes on. Headers are lists of names and values in turn. */
export interface UpstreamRequest {
  readonly method: string;
  readonly target: string;
  readonly authority: string;
  readonly fields: readonly string[];
  /** Whether no body follows. */
  readonly isBodyless: boolean;
  /** Bytes of the body, if they are known. */
  readonly length: number | undefined;
  /** Whether the client reads trailers. */
  readonly wantsTrailers: boolean;
}

/** What a service answers: one `head`, or one `fail`, or a head and then a fail. */
export interface UpstreamListener {
  head(answer: UpstreamAnswer): void;
  /** @param isUnbegun whether the service surely has not begun, so that a repeat is safe whatever it does */
  fail(isUnbegun: boolean): void;
  /** The connection broke before an answer, on one that had been idle: safe to repeat for what has no side effects. */
  stale(): void;
}

/** The beginning of an answer. */
export interface UpstreamAnswer {
  readonly status: number;
  /** Raw, as they came. */
  readonly rawHeaders: readonly string[];
  readonly body: Readable;
  /** Whether this is all of it. */
  readonly isEmpty: boolean;
  /** Asked when the body has ended: the raw trailers, or undefined when the body was cut, however it ended. */
  trailers(): readonly string[] | undefined;
}

/** A request that a service works on. */
export interface UpstreamCall {
  /** Takes the body. */
  readonly sink: Writable;
  /** The client no longer wants the answer: tells the service in a way that it cannot take for the end of the body. */
  cancel(): void;
}

/** A service, by one way of reaching it. */
export interface Upstream {
  open(request: UpstreamRequest, listener: UpstreamListener): UpstreamCall;
  /** Closes all connections that are idle, and those in use when they are done. */
  close(): void;
}
