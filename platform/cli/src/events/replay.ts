import { isUuid } from "@gantry/kernel";
import { createInbox, unparkOutbox } from "@gantry/postgres";
import { UsageError } from "../usage-error.ts";
import { onBroker } from "./broker.ts";
import { consumersOf, type EventDatabase, onDatabase } from "./databases.ts";
import { ownHeaders, readDeadLetter } from "./dead-letter.ts";
import { databaseOf, type EventSources } from "./sources.ts";

/**
 * Lets a parked aggregate of a service go on, or puts a dead letter back where it came from. Twice has one effect: a key that
 * is not parked has nothing to replay, and a consumer that handled the event drops the repeat.
 * @returns what was done, a line each
 */
export const replay = (sources: EventSources, place: string, id: string): Promise<readonly string[]> =>
  place === "dlq" ? replayDeadLetter(sources, id) : replayKey(sources, place, id);

async function replayDeadLetter(sources: EventSources, id: string): Promise<readonly string[]> {
  return await onBroker(sources, async (broker) => {
    const { key = "", headers, value } = await readDeadLetter(broker.admin, id);
    const topic = headers.dlq_topic ?? id.replace(/\.dlq\/.*$/, "");
    const [outcome] = await broker.send([{ topic, key, headers: ownHeaders(headers), value }]);
    if (outcome?.acked !== true) throw outcome?.error ?? new Error("the broker did not take it");
    return [`sent ${id} to ${topic} again`];
  });
}

async function replayKey(sources: EventSources, service: string, key: string): Promise<readonly string[]> {
  if (!isUuid(key)) throw new UsageError(`"${key}" is not the key of an aggregate`);
  const done = await onDatabase(service, databaseOf(sources, service), async (database) => [
    ...(await resend(database, key)),
    ...(await handleAgain(database, key)),
  ]);
  return done === undefined || done.length === 0 ? [`nothing of ${key} is parked at ${service}`] : done;
}

/**
 * Gives up the events that an aggregate waits for; those behind them are handled without them.
 * @returns what was done, a line each
 */
export async function skip(sources: EventSources, service: string, key: string): Promise<readonly string[]> {
  if (!isUuid(key)) throw new UsageError(`"${key}" is not the key of an aggregate`);
  const done = await onDatabase(service, databaseOf(sources, service), async (database) => {
    const lines: string[] = [];
    for (const { consumer, topics } of await consumersOf(database))
      for (const topic of topics)
        if (await database.postgres.transaction((trx) => createInbox({ consumer }).skipGap(trx, topic, key)))
          lines.push(`${consumer} goes on with ${topic} without what is missing`);
    return lines;
  });
  return done === undefined || done.length === 0 ? [`${key} waits for nothing at ${service}`] : done;
}

async function resend({ postgres, hasOutbox }: EventDatabase, key: string): Promise<readonly string[]> {
  if (!hasOutbox) return [];
  const events = await postgres.transaction((trx) => unparkOutbox(trx, key));
  return events === 0 ? [] : [`${events} parked events of the outbox are sent again`];
}

async function handleAgain(database: EventDatabase, key: string): Promise<readonly string[]> {
  const done: string[] = [];
  for (const { consumer, topics } of await consumersOf(database)) {
    const inbox = createInbox({ consumer });
    for (const topic of topics)
      if (await inbox.requestReplay(database.postgres.db, topic, key))
        done.push(`${consumer} was asked to handle the parked events of ${topic} again`);
  }
  return done;
}
