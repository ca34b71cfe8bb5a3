import { ConnectError, type Interceptor } from "@connectrpc/connect";
import { type CallScope, deadlineExceeded, runInCallScope } from "../call-scope.ts";
import { markExposed } from "../errors/exposed.ts";
import type { Policies } from "../policies.ts";
import { eachStep } from "../streams.ts";

/** setTimeout fires at once for more. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/**
 * Ends a call at the method's deadline, or at the caller's if that is shorter: the handler's signal is aborted and the
 * caller gets `deadline_exceeded` at once, whether the handler listens or not. Calls made by the handler inherit what is
 * left of the time.
 */
export function deadline(policies: Policies): Interceptor {
  return (next) => async (req) => {
    const call = new RunningCall(req.signal, policies.of(req.method)?.deadlineMs ?? 0);
    const around = <R>(step: () => Promise<R>): Promise<R> => call.race(runInCallScope(call, step));
    try {
      const res = await around(() => next({ ...req, signal: call.signal }));
      if (res.stream) return { ...res, message: eachStep(res.message, around, () => call.end()) };
      call.end();
      return res;
    } catch (error) {
      call.end();
      throw error;
    }
  };
}

class RunningCall implements CallScope {
  readonly dueMs: number;
  readonly #caller: AbortSignal;
  readonly #own = new AbortController();
  readonly #timer: NodeJS.Timeout;
  #works = false;
  #ended = false;
  #reject: ((reason: unknown) => void) | undefined;

  constructor(caller: AbortSignal, deadlineMs: number) {
    this.#caller = caller;
    this.dueMs = performance.now() + deadlineMs;
    this.#timer = setTimeout(() => this.#abort(deadlineExceeded(deadlineMs)), Math.min(deadlineMs, MAX_TIMER_MS));
    if (caller.aborted) this.#onCaller();
    else caller.addEventListener("abort", this.#onCaller);
  }

  get signal(): AbortSignal {
    return this.#own.signal;
  }

  /** A handler that ignores its signal still works for the call that has ended. */
  get over(): boolean {
    return this.#ended && !this.#works;
  }

  /** The work, or the end of the call if that comes first. What the work does after that, nobody sees. */
  race<T>(work: Promise<T>): Promise<T> {
    this.#works = true;
    return new Promise<T>((resolve, reject) => {
      this.#reject = reject;
      if (this.signal.aborted) reject(this.signal.reason);
      const done = (): void => {
        this.#works = false;
      };
      work.finally(done).then(resolve, reject);
    });
  }

  end(): void {
    this.#ended = true;
    clearTimeout(this.#timer);
    this.#caller.removeEventListener("abort", this.#onCaller);
  }

  readonly #onCaller = (): void => this.#abort(endedByCaller(this.#caller.reason));

  #abort(reason: unknown): void {
    this.end();
    this.#own.abort(reason);
    this.#reject?.(reason);
  }
}

/** The caller's deadline, its going away and the shutdown are told as they are: nothing of ours is in their text. */
const endedByCaller = (reason: unknown): unknown => (reason instanceof ConnectError ? markExposed(reason) : reason);
