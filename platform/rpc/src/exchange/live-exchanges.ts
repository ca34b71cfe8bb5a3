import { Code, ConnectError } from "@connectrpc/connect";
import type { Exchange } from "./exchange.ts";

/** How often the time limits of running exchanges are looked at, in milliseconds. */
const SWEEP_MS = 500;

export interface ExchangeTimes {
  readonly bodyTimeoutMs: number;
  readonly answerTimeoutMs: number;
}

interface Watched {
  readonly exchange: Exchange;
  /** When its body must be there (`performance.now()`); undefined for streams, whose calls have a deadline of their own. */
  readonly bodyDueMs: number | undefined;
}

/** The exchanges that run now. One timer watches them all, which costs a call nothing. */
export class LiveExchanges {
  readonly #live = new Map<Exchange, Watched>();
  readonly #times: ExchangeTimes;
  readonly #sweep: NodeJS.Timeout;

  constructor(times: ExchangeTimes) {
    this.#times = times;
    this.#sweep = setInterval(() => this.#check(performance.now()), SWEEP_MS).unref();
  }

  get size(): number {
    return this.#live.size;
  }

  /** @param watchBody whether the whole body must arrive before the call can begin */
  add(exchange: Exchange, watchBody: boolean): void {
    const bodyDueMs = watchBody ? performance.now() + this.#times.bodyTimeoutMs : undefined;
    this.#live.set(exchange, { exchange, bodyDueMs });
  }

  delete(exchange: Exchange): void {
    this.#live.delete(exchange);
  }

  /** Stops watching. */
  close(): void {
    clearInterval(this.#sweep);
  }

  #check(nowMs: number): void {
    const { bodyTimeoutMs, answerTimeoutMs } = this.#times;
    for (const { exchange, bodyDueMs } of this.#live.values()) {
      if (exchange.stalledSinceMs !== undefined && nowMs - exchange.stalledSinceMs > answerTimeoutMs) exchange.cut();
      else if (bodyDueMs !== undefined && nowMs > bodyDueMs && exchange.body.open)
        exchange.body.fail(late(bodyTimeoutMs));
    }
  }
}

const late = (limitMs: number): ConnectError =>
  new ConnectError(`the request did not arrive within ${limitMs} ms`, Code.DeadlineExceeded);
