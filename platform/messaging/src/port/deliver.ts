import { setTimeout as delay } from "node:timers/promises";
import type { InboundMessage, Subscription } from "./broker.ts";

/** One partition as the member sees it that owns it. */
export interface PartitionFeed {
  readonly topic: string;
  readonly partition: number;
  /** Waits until there are messages from this offset on; none when the signal is aborted. */
  fetch(from: bigint, signal: AbortSignal): Promise<readonly InboundMessage[]>;
  /** Remembers the offset that the group goes on with. Does not reject. */
  commit(next: bigint): Promise<void>;
  /** Told of what `onBatch` threw. */
  failed(error: unknown, waitMs: number): void;
}

const FIRST_WAIT_MS = 100;
const LONGEST_WAIT_MS = 10_000;

/**
 * Hands a partition to `onBatch` batch after batch, as the port promises it, until the signal is aborted. Resolves when the
 * last batch is done and committed.
 */
export async function deliver(
  feed: PartitionFeed,
  { onBatch }: Pick<Subscription, "onBatch">,
  position: bigint,
  signal: AbortSignal,
): Promise<void> {
  let next = position;
  let failures = 0;
  while (!signal.aborted) {
    const messages = await feed.fetch(next, signal);
    if (messages.length === 0 || signal.aborted) continue;
    const { resolved, failure } = await handle(feed, messages, onBatch, signal);
    if (resolved !== undefined && resolved >= next) {
      next = resolved + 1n;
      await feed.commit(next);
    }
    failures = failure === undefined ? 0 : failures + 1;
    if (failure === undefined || signal.aborted) continue;
    const waitMs = Math.min(FIRST_WAIT_MS * 2 ** (failures - 1), LONGEST_WAIT_MS);
    feed.failed(failure.error, waitMs);
    await pause(waitMs, signal);
  }
}

async function handle(
  { topic, partition }: PartitionFeed,
  messages: readonly InboundMessage[],
  onBatch: Subscription["onBatch"],
  signal: AbortSignal,
): Promise<{ readonly resolved: bigint | undefined; readonly failure?: { readonly error: unknown } }> {
  const last = messages.at(-1)?.offset ?? 0n;
  let resolved: bigint | undefined;
  const resolve = (offset: bigint): void => {
    if (offset <= last && (resolved === undefined || offset > resolved)) resolved = offset;
  };
  try {
    await onBatch({ topic, partition, messages, signal, resolve });
    return { resolved: last };
  } catch (error) {
    return { resolved, failure: { error } };
  }
}

/** A wait that the signal ends. */
const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  delay(ms, undefined, { signal }).catch(() => undefined);
