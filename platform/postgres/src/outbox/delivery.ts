import { AppError, type EventRecord, type SendOutcome } from "@gantry/kernel";

/** Gives events to the broker, see `Broker.send`: one outcome for each, in the same order. */
export type Send = (records: readonly EventRecord[]) => Promise<readonly SendOutcome[]>;

/** Sends that went over their time and still run: so many are borne, then the next waits for one of them. */
const MAX_ABANDONED = 3;

/**
 * Makes `send` answer always and in time: it never rejects, gives an outcome for each event, and after `timeoutMs` all that
 * is not acknowledged has failed. What an abandoned send does later can only be a repeat.
 */
export function createDelivery(send: Send, timeoutMs: number): Send {
  const abandoned = new Set<Promise<unknown>>();
  return async (records) => {
    if (abandoned.size >= MAX_ABANDONED) return failAll(records, stillSending());
    const sending = sendParts(send, records);
    const outcomes = await within(sending, timeoutMs);
    if (outcomes !== undefined) return outcomes;
    abandoned.add(sending);
    sending.finally(() => abandoned.delete(sending));
    return failAll(records, tooSlow(timeoutMs));
  };
}

/** A `send` that throws may do so because of one event: the halves are tried, down to that one, so that the others go. */
async function sendParts(send: Send, records: readonly EventRecord[]): Promise<readonly SendOutcome[]> {
  try {
    const outcomes = await send(records);
    return records.map((_, index) => outcomes[index] ?? failed(noOutcome()));
  } catch (thrown) {
    const error = AppError.from(thrown);
    if (error.retryable || records.length <= 1) return failAll(records, error);
    const middle = records.length >> 1;
    const first = await sendParts(send, records.slice(0, middle));
    return [...first, ...(await sendParts(send, records.slice(middle)))];
  }
}

async function within<T>(work: Promise<T>, ms: number): Promise<T | undefined> {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => resolve(undefined), ms);
  try {
    return await Promise.race([work, promise]);
  } finally {
    clearTimeout(timer);
  }
}

const failed = (error: AppError): SendOutcome => ({ acked: false, error });

const failAll = (records: readonly EventRecord[], error: AppError): readonly SendOutcome[] =>
  records.map(() => failed(error));

const tooSlow = (ms: number): AppError =>
  new AppError({
    kind: "timeout",
    reason: "BROKER_SEND_TIMEOUT",
    message: `The broker did not answer within ${ms} ms, which is the longest a lane stays locked.`,
  });

const stillSending = (): AppError =>
  new AppError({
    kind: "unavailable",
    reason: "BROKER_SEND_STUCK",
    message: `${MAX_ABANDONED} earlier sends have not come to an end yet; nothing more is sent until one has.`,
  });

const noOutcome = (): AppError =>
  new AppError({
    kind: "internal",
    reason: "SEND_OUTCOME_MISSING",
    message: "The broker gave no outcome for an event.",
  });
