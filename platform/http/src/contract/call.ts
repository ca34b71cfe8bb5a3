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

/** What the calls inherit that a handler makes of others: the time that is left, and the end of the whole. */
export interface HandlerScope {
  readonly signal: AbortSignal;
  /** When the answer must be ready, on the clock of `performance.now()`. */
  readonly dueMs: number;
  /** The handler has ended. What it started and lives on is bound no longer. */
  readonly over: boolean;
}

/** Runs a handler within a scope: `runInCallScope` of `@gantry/rpc`. */
export type RunInScope = <T>(scope: HandlerScope, handler: () => T) => T;

/** A call whose signal and trace id cost nothing until somebody asks for them. */
export class TimedCall implements Call<unknown>, HandlerScope {
  readonly principal: unknown;
  dueMs = Number.POSITIVE_INFINITY;
  over = false;
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
