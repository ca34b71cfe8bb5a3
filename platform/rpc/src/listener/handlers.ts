import type { IncomingMessage, ServerResponse } from "node:http";
import type { IncomingHttpHeaders, ServerHttp2Stream } from "node:http2";
import type { Duplex } from "node:stream";

/** A request over HTTP/1.1. `isDraining` tells whether the connection should end with this answer. */
export type OnRequest = (request: IncomingMessage, response: ServerResponse, isDraining: () => boolean) => void;

/** Who is told of what arrives at a listener. None of these may throw. */
export interface ListenerHandlers {
  request: OnRequest;
  /** A request that waits for `100 Continue`. Without this, it is invited at once and given to `request`. */
  continue?: OnRequest;
  /** @param raw names and values in turn, as they came, pseudo headers first */
  stream(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, raw: readonly string[]): void;
  /**
   * Bytes over HTTP/1.1 that are no request, or none in time, on a connection without an answer under way. Must end the
   * connection. Without this, Node answers with a bare status.
   */
  malformed?(error: NodeJS.ErrnoException, socket: Duplex): void;
}
