import type { Readable, Writable } from "node:stream";
import type { LocalAnswer } from "../refusal/refusal.ts";

/**
 * A client's request and the answer it waits for, whatever version of HTTP carries them. Headers are lists of names and
 * values in turn. An answer is either `answer`, or `begin`, writes to `sink`, `end`; `cut` may come at any time.
 */
export interface Caller {
  readonly isH2: boolean;
  readonly method: string;
  /** As it came: path and query, or whatever else stood there. */
  readonly target: string;
  /** Undefined when the request names none, or several. */
  readonly authority: string | undefined;
  readonly rawHeaders: readonly string[];
  /** The client's address, without a port. */
  readonly address: string;
  readonly source: Readable;
  readonly sink: Writable;
  /** Whether no body will come. */
  readonly isBodyless: boolean;
  /** Bytes of the body, if the client says so. */
  readonly length: number | undefined;
  /** Whether the client is still there, to read an answer. */
  readonly isGone: boolean;
  /** Whether the body that ended is all that the client meant to send. "end" alone is no proof of that. */
  readonly isBodyWhole: boolean;
  /** Lets a client go on that waits for `100 Continue`. */
  invite(): void;
  /** @param isEmpty whether that is the whole answer */
  begin(status: number, fields: string[], isEmpty: boolean): void;
  /** Completes the answer begun. */
  end(trailers: readonly string[]): void;
  /** Ends everything in a way that no client takes for a complete answer. */
  cut(): void;
  /** A whole answer. The client may still be sending; it gets the answer nevertheless. */
  answer(answer: LocalAnswer): void;
  /**
   * Called once, when nothing more will happen; `isComplete` is false when the client went away, or was cut, before the
   * end.
   */
  onClose(listener: (isComplete: boolean) => void): void;
}

/** An address as people write it: IPv4 in IPv6's clothes is IPv4. */
export const plainAddress = (address: string | undefined): string =>
  address?.startsWith("::ffff:") === true ? address.slice("::ffff:".length) : (address ?? "unknown");
