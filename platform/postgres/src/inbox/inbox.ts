import type { AppError, EventRecord, Uuid } from "@gantry/kernel";
import type { Database, OpenTransaction } from "../executor.ts";
import { type Admitted, admit } from "./admit.ts";
import { textOf } from "./cursors.ts";
import { type HeldLimits, readShelf } from "./held-events.ts";
import { gaps, type ParkedKey, parkedKeys, type VersionGap } from "./inbox-report.ts";
import { type InboxRetention, retireRows } from "./inbox-retention.ts";
import { park } from "./park.ts";
import { type Replay, type ReplayFailure, replayed, requestReplay, skipGap, takeReplay } from "./replay.ts";

/** Whose inbox it is, and its bounds. */
export interface InboxOptions {
  /** The logical consumer, the same in every process of it: its consumer group. Renamed, it handles everything again. */
  readonly consumer: string;
  /** Events of one aggregate that may wait for an earlier one, or be parked. Default 1000. */
  readonly maxHeldPerKey?: number;
  /** Events that may wait for earlier ones, and as many again that may be parked. Default 50000. */
  readonly maxHeld?: number;
  /** How long the ids of handled events are kept, in days. Default 14: longer than a broker keeps messages. */
  readonly maxAgeDays?: number;
  /** Ids kept at most, of all consumers of the database together. Default 5000000, about a gigabyte. */
  readonly maxRows?: number;
  /** Told of each `admit`, before its transaction has committed; for metrics. Must not throw. */
  readonly onAdmit?: (admitted: Admitted) => void;
}

/**
 * Makes the effect of an event happen once, however often it is delivered, and the effects of an aggregate in the order of
 * its versions.
 *
 * What is given a transaction does its work there: it counts when that commits, together with the effects, or not at all.
 * Two members that work on the same aggregate wait for each other. Versions are those of one consumer, topic and key.
 */
export interface Inbox {
  readonly consumer: string;
  /**
   * Takes in events of any topics and keys and says which to handle now, in this transaction: those of a key in the order of
   * their versions, without a gap, earlier ones that had waited for them included. Drops repeats (the id is known, or the
   * version is not beyond the last), sets aside what comes too early and what belongs to a parked key.
   *
   * A few statements for a batch of any size. Give one transaction one `admit`, and the isolation `read committed`.
   * @throws AppError `unavailable` INBOX_FULL when no more may be set aside, `conflict`, `timeout`: roll back, try again
   */
  admit(trx: OpenTransaction, records: readonly EventRecord[]): Promise<readonly EventRecord[]>;
  /**
   * Sets aside an event that `admit` of this transaction returned and that cannot be handled, with all that follows of its
   * key, now and later, until a replay. Those before it count as handled. The failed handler's effects must not be in this
   * transaction: roll back, `admit` again, handle those before it, then park.
   * @throws AppError `unavailable` INBOX_FULL
   */
  park(trx: OpenTransaction, record: EventRecord, error: AppError): Promise<void>;
  /** Keys that wait for a person, oldest first, 100 at most. */
  parkedKeys(db: Database): Promise<readonly ParkedKey[]>;
  /** The first 100 events of a parked key, in order. */
  parkedEvents(db: Database, topic: string, key: Uuid): Promise<readonly EventRecord[]>;
  /**
   * Asks for the events of a parked key to be handled again. Any process may ask, the consumer's own does it.
   * @returns false when the key is not parked: there is nothing to do, so asking twice has one effect
   */
  requestReplay(db: Database, topic: string, key: Uuid): Promise<boolean>;
  /** Takes the key whose replay was asked for first and that no other member works on. */
  takeReplay(trx: OpenTransaction): Promise<Replay | undefined>;
  /**
   * Ends a replay taken in this transaction. Its events count as handled, and the key flows again once none is left; with a
   * `failure` those before the failed one count, and the rest stays parked, in order. As with `park`, the failed handler's
   * effects must not be in this transaction.
   */
  replayed(trx: OpenTransaction, replay: Replay, failure?: ReplayFailure): Promise<void>;
  /** Where versions are missing, longest waiting first, 100 at most. Empty when all is well. */
  gaps(db: Database): Promise<readonly VersionGap[]>;
  /**
   * Gives up the events that a key waits for: those that wait are replayed without them. For a consumer that begins when the
   * broker no longer has the first events of old aggregates.
   * @returns false when the key waits for nothing
   */
  skipGap(trx: OpenTransaction, topic: string, key: Uuid): Promise<boolean>;
  /**
   * Deletes ids beyond the retention, 100000 at most in one call, in short statements. Any number of processes may do it.
   * How far each key has come is kept: an old event stays old.
   * @returns how many were deleted
   */
  maintain(db: Database): Promise<number>;
}

const DEFAULT_PER_KEY = 1000;
const DEFAULT_TOTAL = 50_000;
const DEFAULT_MAX_AGE_DAYS = 14;
const DEFAULT_MAX_ROWS = 5_000_000;

/** Makes the inbox of a consumer; the library `inboxTables` must be migrated. Holds nothing that must be closed. */
export function createInbox({ consumer, onAdmit, ...options }: InboxOptions): Inbox {
  const limits: HeldLimits = {
    perKey: options.maxHeldPerKey ?? DEFAULT_PER_KEY,
    total: options.maxHeld ?? DEFAULT_TOTAL,
  };
  const retention: InboxRetention = {
    maxAgeDays: options.maxAgeDays ?? DEFAULT_MAX_AGE_DAYS,
    maxRows: options.maxRows ?? DEFAULT_MAX_ROWS,
  };
  /** So that who parks an event cannot forget those behind it. */
  const admitted = new WeakMap<OpenTransaction, readonly EventRecord[]>();
  return {
    consumer,
    admit: async (trx, records) => {
      const { handle, counts } = await admit(trx, consumer, records, limits);
      admitted.set(trx, handle);
      onAdmit?.(counts);
      return handle;
    },
    park: (trx, record, error) => {
      const isLater = (each: EventRecord): boolean => textOf(each) === textOf(record) && each.version > record.version;
      return park(trx, consumer, record, (admitted.get(trx) ?? []).filter(isLater), error, limits);
    },
    parkedKeys: (db) => parkedKeys(db, consumer),
    parkedEvents: (db, topic, key) => readShelf(db, "parked", consumer, { topic, key }, MAX_SHOWN),
    requestReplay: (db, topic, key) => requestReplay(db, consumer, topic, key),
    takeReplay: (trx) => takeReplay(trx, consumer),
    replayed: (trx, replay, failure) => replayed(trx, consumer, replay, failure),
    gaps: (db) => gaps(db, consumer),
    skipGap: (trx, topic, key) => skipGap(trx, consumer, topic, key),
    maintain: (db) => retireRows(db, retention),
  };
}

const MAX_SHOWN = 100;
