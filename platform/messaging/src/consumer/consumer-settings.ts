/** Places where a drill may strike, passed to {@link ConsumerOptions.failpoint}. */
export type ConsumerFailpoint = "consumer.before_tx" | "consumer.after_tx" | "consumer.after_resolve";

/** How a consumer works. Times are in milliseconds. */
export interface ConsumerSettings {
  /** Events in one transaction at most, 1 to 1000. Default 200. */
  readonly batchSize: number;
  /** Transactions at once at most; keep it below the pool's connections. Default 4. */
  readonly concurrency: number;
  /** How long transient failures of a batch are tried again in place before an aggregate is parked. Default 60000. */
  readonly retryForMs: number;
  /** How often requests for a replay are looked for. Default 1000. */
  readonly replayIntervalMs: number;
  /** How often the inbox is cleaned and looked at for gaps. Default 10000. */
  readonly upkeepIntervalMs: number;
  /** How long an event may wait for an earlier one before that is logged as an error. Default 30000. */
  readonly gapAlarmMs: number;
}

export const defaultSettings: ConsumerSettings = {
  batchSize: 200,
  concurrency: 4,
  retryForMs: 60_000,
  replayIntervalMs: 1000,
  upkeepIntervalMs: 10_000,
  gapAlarmMs: 30_000,
};
