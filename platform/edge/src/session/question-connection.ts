import { connect, type Socket } from "node:net";
import { type HttpAnswer, readAnswer } from "./http-answer.ts";

/** An answer to a question has some hundred bytes. */
const MAX_ANSWER_BYTES = 16 * 1024;
/** Below the 5 s after which Node's servers close an idle connection unless they are told otherwise. */
const IDLE_MS = 4_000;

/** The connection was closed before a byte of the answer came: the question may not have been heard. */
export class UnheardError extends Error {}

interface Waiting {
  resolve(answer: HttpAnswer): void;
  reject(error: Error): void;
}

/** A connection for one question at a time. After anything but a clean answer it is not used again. */
export class QuestionConnection {
  readonly #socket: Socket;
  #heard = "";
  #waiting: Waiting | undefined;
  /** Whether it has answered before, so that the other side may have closed it meanwhile. */
  isUsed = false;

  /** @param onClose called once, when it is of no more use */
  constructor(
    place: { readonly host: string; readonly port: number },
    onClose: (connection: QuestionConnection) => void,
  ) {
    this.#socket = connect({ ...place, noDelay: true });
    this.#socket.setTimeout(IDLE_MS, () => this.#waiting ?? this.#socket.destroy());
    this.#socket
      .setEncoding("latin1")
      .on("data", (text: string) => this.#take(text))
      .on("error", () => {}) // "close" tells as well
      .on("end", () => this.#socket.destroy())
      .on("close", () => {
        onClose(this);
        this.#fail(this.#heard === "" ? new UnheardError("the connection was closed") : new Error("half an answer"));
      });
  }

  /** Sends a question and resolves with the answer to it. Rejects, and gives the connection up, when the signal says so. */
  ask(question: string, signal: AbortSignal): Promise<HttpAnswer> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) {
        reject(new Error("the question is over"));
        return;
      }
      const giveUp = (): void => {
        this.#fail(new Error("the question is over"));
        this.#socket.destroy();
      };
      signal.addEventListener("abort", giveUp, { once: true });
      const done = (): void => signal.removeEventListener("abort", giveUp);
      this.#waiting = {
        resolve: (answer) => {
          done();
          resolve(answer);
        },
        reject: (error) => {
          done();
          reject(error);
        },
      };
      this.#socket.write(question, "latin1");
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  #take(text: string): void {
    this.#heard += text;
    const answer =
      this.#waiting === undefined || this.#heard.length > MAX_ANSWER_BYTES ? "odd" : readAnswer(this.#heard);
    if (answer === undefined) return;
    if (answer === "odd") {
      this.#fail(new Error("that is no answer"));
      this.#socket.destroy();
      return;
    }
    this.#heard = "";
    this.isUsed = true;
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (answer.isLast) this.#socket.destroy();
    waiting?.resolve(answer);
  }

  #fail(error: Error): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.reject(error);
  }

  /** Whether another question may go out on it. */
  get isFree(): boolean {
    return this.#waiting === undefined && !this.#socket.destroyed;
  }
}
