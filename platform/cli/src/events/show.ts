import type { JsonValue } from "@bufbuild/protobuf";
import { isUuid } from "@gantry/kernel";
import type { EventRegistry } from "@gantry/messaging";
import { UsageError } from "../usage-error.ts";
import { onBroker } from "./broker.ts";
import { type EventDatabase, onDatabase } from "./databases.ts";
import { ownHeaders, readDeadLetter } from "./dead-letter.ts";
import { decodeEvent } from "./decode.ts";
import { databaseOf, type EventSources } from "./sources.ts";

/** One event, decoded by its contract. */
export type ShownEvent = Readonly<Record<string, JsonValue>>;

/** A dead letter by its id, or an event that waits at a service by its event id. @throws UsageError when there is none */
export const showEvent = (
  sources: EventSources,
  registry: EventRegistry,
  place: string,
  id: string,
): Promise<ShownEvent> =>
  place === "dlq" ? showDeadLetter(sources, registry, id) : showHeld(sources, registry, place, id);

async function showDeadLetter(sources: EventSources, registry: EventRegistry, id: string): Promise<ShownEvent> {
  const { headers, key, value, sentAt } = await onBroker(sources, ({ admin }) => readDeadLetter(admin, id));
  return {
    id,
    reason: headers.dlq_reason ?? "",
    error: headers.dlq_error ?? "",
    source: `${headers.dlq_topic}/${headers.dlq_partition}/${headers.dlq_offset}`,
    consumer: headers.dlq_consumer ?? "",
    at: headers.dlq_at ?? sentAt.toISOString(),
    key: key ?? "",
    headers: ownHeaders(headers),
    bytes: value.length,
    event: decodeEvent(registry, headers.type, value),
  };
}

async function showHeld(
  sources: EventSources,
  registry: EventRegistry,
  service: string,
  id: string,
): Promise<ShownEvent> {
  if (!isUuid(id)) throw new UsageError(`"${id}" is not the id of an event`);
  const held = await onDatabase(service, databaseOf(sources, service), (database) => findHeld(database, id));
  if (held === undefined) throw new UsageError(`no event ${id} waits at ${service}`);
  const { place, row } = held;
  return {
    place,
    event_id: id,
    type: row.type,
    topic: row.topic,
    key: row.aggregate_id,
    version: row.aggregate_version,
    headers: row.headers,
    event: decodeEvent(registry, row.type, row.payload),
  };
}

const columns = ["type", "topic", "aggregate_id", "aggregate_version", "headers", "payload"] as const;

/** Where an event waits that is neither sent nor handled. */
async function findHeld({ postgres: { db }, hasOutbox, hasInbox }: EventDatabase, id: string) {
  if (hasOutbox) {
    const row = await db.selectFrom("outbox").select(columns).where("event_id", "=", id).executeTakeFirst();
    if (row !== undefined) return { place: "outbox", row };
  }
  if (!hasInbox) return undefined;
  const parked = await db.selectFrom("parked").select(columns).where("event_id", "=", id).executeTakeFirst();
  if (parked !== undefined) return { place: "parked", row: parked };
  const early = await db.selectFrom("resequence").select(columns).where("event_id", "=", id).executeTakeFirst();
  return early === undefined ? undefined : { place: "waits for an earlier event", row: early };
}
