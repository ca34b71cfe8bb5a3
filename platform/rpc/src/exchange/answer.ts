import type { Exchange } from "./exchange.ts";
import type { UniversalResponse } from "./universal.ts";

/**
 * Writes what a handler of Connect answered. The head waits for the first piece of the body, because until then the
 * handler may still set headers. `single` says that at most one piece comes, which then leaves together with the end.
 */
export async function sendAnswer(exchange: Exchange, answer: UniversalResponse, single: boolean): Promise<void> {
  const pieces = answer.body?.[Symbol.asyncIterator]();
  try {
    let piece = await pieces?.next();
    if (piece?.value === undefined) return exchange.answerEmpty(answer);
    exchange.begin(answer);
    while (piece?.value !== undefined && !exchange.signal.aborted) {
      const held = exchange.write(piece.value);
      if (held !== undefined && !single) await held;
      piece = await pieces?.next();
    }
    exchange.end();
  } finally {
    pieces?.return?.()?.catch(() => {});
  }
}
