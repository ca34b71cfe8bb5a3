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

/** The events of one aggregate in a batch, and what is known about them. */
interface Case {
  readonly records: readonly EventRecord[];
  readonly decisions: Map<string, "handled" | AppError>;
  tries: number;
}

/**
 * Applies a batch that failed as a whole, each aggregate in a transaction of its own. First everyone gets a try, so that one
 * that fails keeps nobody waiting; then those that failed for a moment try again, with growing pauses. In the end each is
 * applied or parked.
 * @throws AppError when the batch must be delivered again: the database is away for longer than the retries go on, or the
 * consumer stops, which is no failure of anybody
 */
export async function settle<DB>(
  options: SettleOptions<DB>,
  records: readonly EventRecord[],
  signal: AbortSignal,
): Promise<void> {
  const deadline = performance.now() + options.retryForMs;
  let waiting = casesOf(records);
  for (let round = 0; waiting.length > 0; round++) {
    if (round > 0) await pause(pauseMs(round), signal);
    waiting = await oneRound(options, waiting, performance.now() >= deadline, signal);
  }
}

/** The order within an aggregate stays. */
function casesOf(records: readonly EventRecord[]): readonly Case[] {
  const byKey = Map.groupBy(records, ({ topic, key }) => `${topic} ${key}`);
  return [...byKey.values()].map((ofKey) => ({ records: ofKey, decisions: new Map(), tries: 0 }));
}

/** @returns those that must try again */
async function oneRound<DB>(
  options: SettleOptions<DB>,
  cases: readonly Case[],
  outOfTime: boolean,
  signal: AbortSignal,
): Promise<readonly Case[]> {
  const again: Case[] = [];
  for (const [at, one] of cases.entries()) {
    const failure = await settleOne(options, one, outOfTime, signal);
    if (failure === undefined) continue;
    again.push(one);
    // The others would only wait for the same timeout, one after another.
    if (failure.record === undefined) return [...again, ...cases.slice(at + 1)];
  }
  return again;
}

/** @returns why it must try again; nothing when it is applied or parked */
async function settleOne<DB>(
  options: SettleOptions<DB>,
  one: Case,
  outOfTime: boolean,
  signal: AbortSignal,
): Promise<Failure | undefined> {
  for (;;) {
    const failure = await tryOnce(options, one, signal);
    if (failure === undefined) return undefined;
    const { record, byHandler, error } = failure;
    if (record === undefined || isDatabaseAway(error)) return nobodysFault(options, failure, outOfTime);
    const verdict = verdictOn(error, one.tries, outOfTime);
    if (verdict === "again") {
      options.logger.warn({ err: error, ...factsOf(record), tries: one.tries }, "event failed, is tried again");
      return failure;
    }
    // Each time around one more event is decided, so this ends.
    decide(options, one, record, verdict === "handled" && byHandler ? "handled" : error);
  }
}

/** What fails while the consumer stops is no failure: it comes again, elsewhere. */
async function tryOnce<DB>({ apply }: SettleOptions<DB>, one: Case, signal: AbortSignal): Promise<Failure | undefined> {
  if (signal.aborted) throw stopping();
  const failure = await apply.batch(one.records, signal, one.decisions);
  if (failure !== undefined && signal.aborted) throw stopping();
  one.tries += 1;
  return failure;
}

function nobodysFault<DB>({ logger }: SettleOptions<DB>, failure: Failure, outOfTime: boolean): Failure {
  if (outOfTime) throw failure.error;
  logger.warn({ err: failure.error }, "the inbox does not work, is tried again");
  return { ...failure, record: undefined };
}

function decide<DB>(
  { logger }: SettleOptions<DB>,
  { decisions }: Case,
  record: EventRecord,
  decision: "handled" | AppError,
): void {
  decisions.set(record.eventId, decision);
  if (decision === "handled") logger.info(factsOf(record), "event was applied already");
  else logger.error({ err: decision, ...factsOf(record) }, "event cannot be handled: its aggregate is parked");
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
