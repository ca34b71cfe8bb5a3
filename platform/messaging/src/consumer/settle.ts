import { AppError, type EventRecord } from "@gantry/kernel";
import type { Logger } from "@gantry/telemetry";
import type { Apply, Failure } from "./apply.ts";
import { isDatabaseAway, pauseMs, verdictOn } from "./failures.ts";
import { pause } from "./rounds.ts";

export interface SettleOptions<DB> {
  readonly apply: Apply<DB>;
  readonly retryForMs: number;
  readonly logger: Logger;
}

/**
 * Applies a batch that failed as a whole, each aggregate in a transaction of its own. First everyone gets a try, so that one
 * that fails keeps nobody waiting; then those that failed for a moment try again, with growing pauses. In the end each is
 * applied or parked.
 * @throws AppError when the batch must be delivered again, because the fault is no event's: the database is away, nothing at
 * all goes through, or the consumer stops
 */
export const settle = <DB>(
  options: SettleOptions<DB>,
  records: readonly EventRecord[],
  signal: AbortSignal,
): Promise<void> => new Settlement(options, signal).run(records);

/** The events of one aggregate in a batch, and what is known about them. */
interface Case {
  readonly records: readonly EventRecord[];
  readonly decisions: Map<string, "handled" | AppError>;
  tries: number;
}

/** Beyond the time for retries: each aggregate may time out once more, but not for ever. */
const OVERTIME_MS = 60_000;

class Settlement<DB> {
  readonly #apply: Apply<DB>;
  readonly #logger: Logger;
  readonly #signal: AbortSignal;
  readonly #deadline: number;
  readonly #appliedBefore: number;

  constructor({ apply, logger, retryForMs }: SettleOptions<DB>, signal: AbortSignal) {
    this.#apply = apply;
    this.#logger = logger;
    this.#signal = signal;
    this.#deadline = performance.now() + retryForMs;
    this.#appliedBefore = apply.applied;
  }

  async run(records: readonly EventRecord[]): Promise<void> {
    let waiting = casesOf(records);
    for (let round = 0; waiting.length > 0; round++) {
      if (round > 0) await pause(pauseMs(round), this.#signal);
      waiting = await this.#round(waiting);
    }
  }

  /** @returns those that must try again */
  async #round(cases: readonly Case[]): Promise<readonly Case[]> {
    const again: Case[] = [];
    for (const [at, one] of cases.entries()) {
      const failure = await this.#settle(one);
      if (failure === undefined) continue;
      again.push(one);
      if (performance.now() >= this.#deadline + OVERTIME_MS) throw failure.error;
      // The others would only wait for the same timeout, one after another.
      if (failure.record === undefined) return [...again, ...cases.slice(at + 1)];
    }
    return again;
  }

  /** @returns why it must try again; nothing when it is applied or parked */
  async #settle(one: Case): Promise<Failure | undefined> {
    for (;;) {
      const failure = await this.#try(one);
      if (failure === undefined) return undefined;
      const { record, byHandler, error } = failure;
      const outOfTime = this.#outOfTime(one);
      if (record === undefined || isDatabaseAway(error)) return this.#nobodysFault(failure, outOfTime);
      const verdict = verdictOn(error, one.tries, outOfTime);
      if (verdict === "again") {
        this.#logger.warn({ err: error, ...factsOf(record), tries: one.tries }, "event failed, is tried again");
        return failure;
      }
      if (verdict === "give up" && !this.#othersWork) throw error;
      // Each time around one more event is decided, so this ends.
      this.#decide(one, record, verdict === "handled" && byHandler ? "handled" : error);
    }
  }

  /** What fails while the consumer stops is no failure: it comes again, elsewhere. */
  async #try(one: Case): Promise<Failure | undefined> {
    if (this.#signal.aborted) throw stopping();
    const failure = await this.#apply.batch(one.records, this.#signal, one.decisions);
    if (failure !== undefined && this.#signal.aborted) throw stopping();
    one.tries += 1;
    return failure;
  }

  #nobodysFault(failure: Failure, outOfTime: boolean): Failure {
    if (outOfTime) throw failure.error;
    this.#logger.warn({ err: failure.error }, "the inbox does not work, is tried again");
    return { ...failure, record: undefined };
  }

  #decide({ decisions }: Case, record: EventRecord, decision: "handled" | AppError): void {
    decisions.set(record.eventId, decision);
    if (decision === "handled") this.#logger.info(factsOf(record), "event was applied already");
    else this.#logger.error({ err: decision, ...factsOf(record) }, "event cannot be handled: its aggregate is parked");
  }

  /** Not before its second try: by then everyone had one, and it is known whether others work. */
  #outOfTime({ tries }: Case): boolean {
    return tries > 1 && performance.now() >= this.#deadline;
  }

  /** While nothing goes through anywhere it is an outage, and must not park one aggregate after another. */
  get #othersWork(): boolean {
    return this.#apply.applied > this.#appliedBefore;
  }
}

/** The order within an aggregate stays. */
function casesOf(records: readonly EventRecord[]): readonly Case[] {
  const byKey = Map.groupBy(records, ({ topic, key }) => `${topic} ${key}`);
  return [...byKey.values()].map((ofKey) => ({ records: ofKey, decisions: new Map(), tries: 0 }));
}

const factsOf = ({ topic, key, version, type, eventId }: EventRecord) => ({
  topic,
  key,
  version,
  event_type: type,
  event_id: eventId,
});

const stopping = (): AppError =>
  new AppError({ kind: "cancelled", reason: "CONSUMER_STOPPING", message: "The consumer stops." });
