import { AppError } from "@gantry/kernel";

/** Knows which sessions live: IAM, asked by whoever keeps a stream open. */
export interface LiveSessions {
  /**
   * Those of the named sessions (each once, at most {@link SESSIONS_PER_QUESTION}) that have not ended. Rejects when it cannot
   * tell. `signal` is aborted when the answer is of no use any more.
   */
  live(sessionUuids: readonly string[], signal: AbortSignal): Promise<readonly string[]>;
}

export interface SessionWatchOptions extends LiveSessions {
  /** Milliseconds between two rounds of questions. Default 2000. */
  readonly everyMs?: number;
  /** How long a session counts as living on the strength of one answer, in milliseconds. Default 5000, at least twice `everyMs`. */
  readonly withinMs?: number;
  /** Told of each question that was not answered. */
  readonly onFailure?: (error: unknown) => void;
}

/** One stream's hold on its session. */
export interface WatchedSession {
  /**
   * Aborted once, when the session has ended, with AppError `unauthenticated` SESSION_ENDED, or when nobody could say for
   * `withinMs` whether it has, with AppError `unavailable` SESSION_CHECK_UNAVAILABLE.
   */
  readonly signal: AbortSignal;
  /** To be called when the stream is over. Idempotent. */
  release(): void;
}

/** The most sessions that one question names. */
export const SESSIONS_PER_QUESTION = 1000;

interface Session {
  readonly uuid: string;
  readonly ending: AbortController;
  /** How many streams hold it. */
  streams: number;
  /** When it was asked for, of the last answer that it lives, on the clock of `performance.now()`. */
  livedAtMs: number;
}

/**
 * Ends long-lived streams with the session they were opened with. A verified identity cannot tell: it outlives a log-out by
 * its minutes. While streams are open, all their sessions are asked for in one round every `everyMs`, a question for each
 * thousand; a stream lives only while its session was said to live no more than `withinMs` ago. Nothing is asked, and no
 * timer runs, while no stream is open. One for a whole process, whatever the transports of its streams.
 * @throws RangeError for times that leave no room for a lost question
 */
export class SessionWatch {
  readonly #source: SessionWatchOptions;
  readonly #everyMs: number;
  readonly #withinMs: number;
  readonly #sessions = new Map<string, Session>();
  #next: NodeJS.Timeout | undefined;
  #expiry: NodeJS.Timeout | undefined;
  #asking = false;

  constructor(options: SessionWatchOptions) {
    this.#source = options;
    this.#everyMs = options.everyMs ?? 2000;
    this.#withinMs = options.withinMs ?? 5000;
    if (!(this.#everyMs > 0 && this.#withinMs >= 2 * this.#everyMs)) {
      throw new RangeError(`withinMs ${this.#withinMs} is less than twice everyMs ${this.#everyMs}`);
    }
  }

  /** Begins to watch the session of a stream whose identity was accepted just now. */
  watch(sessionUuid: string): WatchedSession {
    const session = this.#sessions.get(sessionUuid) ?? this.#begin(sessionUuid);
    session.streams++;
    let held = true;
    return {
      signal: session.ending.signal,
      release: () => {
        if (held && --session.streams === 0) this.#forget(session);
        held = false;
      },
    };
  }

  #begin(uuid: string): Session {
    const session: Session = { uuid, ending: new AbortController(), streams: 0, livedAtMs: performance.now() };
    this.#sessions.set(uuid, session);
    this.#expiry ??= setTimeout(() => this.#expire(), this.#withinMs);
    if (!this.#asking) this.#next ??= setTimeout(() => void this.#round(), this.#everyMs);
    return session;
  }

  async #round(): Promise<void> {
    const beganMs = performance.now();
    this.#asking = true;
    const questions = inBatches([...this.#sessions.values()]).map((sessions) => this.#ask(sessions, beganMs));
    await Promise.all(questions);
    this.#asking = false;
    this.#next = undefined;
    if (this.#sessions.size === 0) return;
    const restMs = Math.max(0, this.#everyMs - (performance.now() - beganMs));
    this.#next = setTimeout(() => void this.#round(), restMs);
  }

  async #ask(sessions: readonly Session[], askedAtMs: number): Promise<void> {
    const limit = new AbortController();
    const timer = setTimeout(() => limit.abort(unavailable()), this.#withinMs - this.#everyMs);
    try {
      const uuids = sessions.map(({ uuid }) => uuid);
      const live = new Set(await untilAborted(this.#source.live(uuids, limit.signal), limit.signal));
      for (const session of sessions) {
        if (live.has(session.uuid))
          session.livedAtMs = askedAtMs; // not the time of the answer
        else this.#end(session, ended());
      }
    } catch (error) {
      this.#source.onFailure?.(error);
    } finally {
      clearTimeout(timer);
    }
  }

  /** One timer for all, set for the one that was confirmed first: confirming ten thousand sessions sets none. */
  #expire(): void {
    const nowMs = performance.now();
    let earliestMs = Number.POSITIVE_INFINITY;
    for (const session of this.#sessions.values()) {
      if (nowMs - session.livedAtMs >= this.#withinMs) this.#end(session, unavailable());
      else earliestMs = Math.min(earliestMs, session.livedAtMs);
    }
    clearTimeout(this.#expiry);
    const leftMs = Math.ceil(earliestMs + this.#withinMs - nowMs);
    this.#expiry = this.#sessions.size === 0 ? undefined : setTimeout(() => this.#expire(), leftMs);
  }

  #end(session: Session, reason: AppError): void {
    this.#forget(session);
    session.ending.abort(reason);
  }

  #forget(session: Session): void {
    if (this.#sessions.get(session.uuid) === session) this.#sessions.delete(session.uuid);
    if (this.#sessions.size > 0) return;
    clearTimeout(this.#expiry);
    this.#expiry = undefined;
    if (this.#asking) return;
    clearTimeout(this.#next);
    this.#next = undefined;
  }
}

function inBatches(sessions: readonly Session[]): readonly (readonly Session[])[] {
  const count = Math.ceil(sessions.length / SESSIONS_PER_QUESTION);
  return Array.from({ length: count }, (_, index) =>
    sessions.slice(index * SESSIONS_PER_QUESTION, (index + 1) * SESSIONS_PER_QUESTION),
  );
}

/** A source that ignores its signal must not stop the rounds. */
async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const onAbort = (): void => reject(signal.reason);
  signal.addEventListener("abort", onAbort);
  return Promise.race([work, promise]).finally(() => signal.removeEventListener("abort", onAbort));
}

const ended = (): AppError =>
  new AppError({ kind: "unauthenticated", reason: "SESSION_ENDED", message: "The session has ended. Sign in again." });

const unavailable = (): AppError =>
  new AppError({
    kind: "unavailable",
    reason: "SESSION_CHECK_UNAVAILABLE",
    message: "Nobody can say whether the session lives. Try again later.",
    retryAfterSec: 1,
  });
