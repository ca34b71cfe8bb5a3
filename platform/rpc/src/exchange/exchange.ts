import type { RequestBody } from "./request-body.ts";

/** The first part of an answer. */
export interface AnswerHead {
  readonly status: number;
  readonly header?: Headers;
  /** Present when trailers follow; filled in by the time of the end. */
  readonly trailer?: Headers;
}

/**
 * One HTTP request and its answer, whatever version of HTTP carries them. An answer is either `answerEmpty`, or `begin`,
 * any number of `write`, `end`; `cut` may come at any time. Calls after the peer has gone do nothing.
 */
export interface Exchange {
  readonly httpVersion: "1.1" | "2.0";
  readonly method: string;
  /** Path and query, as they came. */
  readonly url: string;
  readonly header: Headers;
  readonly body: RequestBody;
  /** Aborted when the peer goes away before the answer is complete. */
  readonly signal: AbortSignal;
  /** The HTTP status sent, if any. */
  readonly status: number | undefined;
  /** Whether the answer waits for the peer to read, since when (`performance.now()`). */
  readonly stalledSinceMs: number | undefined;
  /** Sends a whole answer without a body. */
  answerEmpty(head: AnswerHead): void;
  /** Sends status and headers of an answer with a body. */
  begin(head: AnswerHead): void;
  /** Sends a piece of the body; the promise, if there is one, resolves when more may be sent. */
  write(chunk: Uint8Array): Promise<void> | undefined;
  /**
   * Completes the answer begun, its trailers included. If the request is not through yet, its rest is read and dropped for a while, so that the
   * answer is not overtaken by a reset, and then stopped.
   */
  end(): void;
  /** Ends the exchange in a way that no peer takes for a complete answer. */
  cut(): void;
  /** Called once, when nothing more will happen. */
  onClose(listener: () => void): void;
}
