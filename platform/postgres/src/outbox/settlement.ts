import type { AppError, ErrorKind, EventRecord, SendOutcome } from "@gantry/kernel";

/** Where a row of the outbox stands. */
export interface RowPlace {
  readonly lane: number;
  readonly id: bigint;
}

/** A row of the outbox that was read. */
export interface OutboxRow extends RowPlace {
  readonly record: EventRecord;
  /** An earlier event of the same key is parked: this one is not sent. */
  readonly held: boolean;
}

/** A row that the broker will not take. */
export interface Refusal extends RowPlace {
  readonly record: EventRecord;
  readonly error: AppError;
}

/** What becomes of the rows of a round. */
export interface Settlement {
  /** Of each key the rows that were acknowledged, up to the first that was not. They are done. */
  readonly done: readonly RowPlace[];
  /** First rows of their key that the broker answered it will not take, now or later. */
  readonly refused: readonly Refusal[];
  /** The first failure, of either kind. Undefined when all were acknowledged. */
  readonly error: AppError | undefined;
}

/** What is wrong with the event itself. All else may be an outage, and an outage parks nothing. */
const final: ReadonlySet<ErrorKind> = new Set(["invalid_argument", "payload_too_large"]);

/**
 * Only the acknowledged prefix of a key is done: when its first event failed and its second did not, both are sent again,
 * in order, and the consumer drops the repeat.
 */
export function settle(rows: readonly OutboxRow[], outcomes: readonly SendOutcome[]): Settlement {
  const done: RowPlace[] = [];
  const failures = new Map<string, Refusal>();
  rows.forEach(({ lane, id, record }, index) => {
    const key = `${record.topic} ${record.key}`;
    const outcome = outcomes[index];
    if (outcome === undefined || failures.has(key)) return;
    if (outcome.acked) done.push({ lane, id });
    else failures.set(key, { lane, id, record, error: outcome.error });
  });
  const failed = [...failures.values()];
  const others = outcomes.some((outcome) => outcome.acked);
  return { done, refused: failed.filter(({ error }) => isRefusal(error, others)), error: failed[0]?.error };
}

/** An error that nobody foresaw is blamed on the event only when others got through at the same time. */
const isRefusal = ({ kind }: AppError, othersAcked: boolean): boolean =>
  final.has(kind) || (kind === "internal" && othersAcked);
