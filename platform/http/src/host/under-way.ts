import type { ServerResponse } from "node:http";
import type { Duplex } from "node:stream";

/** The responses that are not finished yet. */
export class UnderWay {
  readonly #responses = new Set<ServerResponse>();
  #isDraining = false;
  #onIdle: (() => void) | undefined;
  readonly #closeIdleConnections: () => void;

  constructor(closeIdleConnections: () => void) {
    this.#closeIdleConnections = closeIdleConnections;
  }

  /** Counts a response until it is closed. While draining, its connection ends with it. */
  add(response: ServerResponse): void {
    this.#responses.add(response);
    if (this.#isDraining) response.shouldKeepAlive = false;
    response.on("close", () => this.#remove(response));
  }

  /** Whether a response on this connection has begun. */
  isAnswering(socket: Duplex): boolean {
    for (const response of this.#responses) if (response.socket === socket && response.headersSent) return true;
    return false;
  }

  /** Resolves when nothing is under way any more. Connections are closed as their last response ends. */
  async drained(): Promise<void> {
    this.#isDraining = true;
    for (const response of this.#responses) if (!response.headersSent) response.shouldKeepAlive = false;
    if (this.#responses.size > 0) await new Promise<void>((resolve) => (this.#onIdle = resolve));
  }

  #remove(response: ServerResponse): void {
    this.#responses.delete(response);
    if (!this.#isDraining) return;
    this.#closeIdleConnections();
    if (this.#responses.size === 0) this.#onIdle?.();
  }
}
