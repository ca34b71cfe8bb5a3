import type { Exchange } from "./exchange.ts";

/** Who calls a handler, until when, and under which trace. */
export interface Call<Principal> {
  /** The caller that the operation's policy asks for; `undefined` for a PUBLIC one. */
  readonly principal: Principal;
  /** Aborted when the operation's deadline has passed. The client has its 504 then, whatever the handler still does. */
  readonly signal: AbortSignal;
  /** 32 hexadecimal digits; the `trace_id` of problems and log lines. */
  readonly traceId: string;
}

/** A call whose signal and trace id cost nothing until somebody asks for them. */
export class TimedCall implements Call<unknown> {
  readonly principal: unknown;
  readonly #exchange: Exchange;
  #controller: AbortController | undefined;
  #expired: Error | undefined;

  constructor(principal: unknown, exchange: Exchange) {
    this.principal = principal;
    this.#exchange = exchange;
  }

  get traceId(): string {
    return this.#exchange.traceId;
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#expired !== undefined) this.#controller.abort(this.#expired);
    }
    return this.#controller.signal;
  }

  get expired(): boolean {
    return this.#expired !== undefined;
  }

  expire(reason: Error): void {
    this.#expired = reason;
    this.#controller?.abort(reason);
  }
}
