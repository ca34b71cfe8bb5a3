import type { HttpAnswer } from "./http-answer.ts";
import { QuestionConnection, UnheardError } from "./question-connection.ts";

/** Questions at once. Further ones wait for a connection, and for no longer than they may take. */
const MAX_CONNECTIONS = 256;

type Turn = (connection: QuestionConnection) => void;

/** The connections to the one that is asked. */
export class QuestionConnections {
  readonly #place: { readonly host: string; readonly port: number };
  readonly #all = new Set<QuestionConnection>();
  /** The one used last is used first, so that those that are not needed become idle. */
  readonly #free: QuestionConnection[] = [];
  readonly #turns = new Set<Turn>();

  constructor(place: { readonly host: string; readonly port: number }) {
    this.#place = place;
  }

  /** Resolves with the answer. Asks once more, on another connection, when an idle one turned out to be closed. */
  async ask(question: string, signal: AbortSignal): Promise<HttpAnswer> {
    const connection = await this.#take(signal);
    const wasUsed = connection.isUsed;
    try {
      return await connection.ask(question, signal);
    } catch (error) {
      if (wasUsed && error instanceof UnheardError && !signal.aborted) return await this.ask(question, signal);
      throw error;
    } finally {
      this.#giveBack(connection);
    }
  }

  close(): void {
    for (const connection of this.#all) connection.close();
  }

  async #take(signal: AbortSignal): Promise<QuestionConnection> {
    signal.throwIfAborted();
    const free = this.#free.pop();
    if (free?.isFree === true) return free;
    if (this.#all.size < MAX_CONNECTIONS) return this.#open();
    return await new Promise((resolve, reject) => {
      const turn: Turn = resolve;
      this.#turns.add(turn);
      signal.addEventListener("abort", () => this.#turns.delete(turn) && reject(signal.reason), { once: true });
    });
  }

  #open(): QuestionConnection {
    const connection = new QuestionConnection(this.#place, (closed) => {
      this.#all.delete(closed);
      const index = this.#free.indexOf(closed);
      if (index !== -1) this.#free.splice(index, 1);
      if (this.#turns.size > 0) this.#giveBack(this.#open());
    });
    this.#all.add(connection);
    return connection;
  }

  #giveBack(connection: QuestionConnection): void {
    if (!connection.isFree) return;
    for (const turn of this.#turns) {
      this.#turns.delete(turn);
      turn(connection);
      return;
    }
    this.#free.push(connection);
  }
}
