import { uuidv7 } from "@gantry/kernel";
import { sql } from "kysely";
import { beforeAll, describe, expect, test } from "vitest";
import { insertOutbox, type Postgres, writeOutbox } from "../src/index.ts";
import { aHistory, anEvent, anEventDatabase, type EventTables } from "./events.ts";

let postgres: Postgres<EventTables>;
beforeAll(async () => {
  postgres = await anEventDatabase();
});

const versionsOf = async (key: string): Promise<readonly number[]> => {
  const rows = await postgres.db
    .selectFrom("outbox")
    .select("aggregate_version")
    .where("aggregate_id", "=", key)
    .orderBy("id")
    .execute();
  return rows.map((row) => row.aggregate_version);
};

describe("the outbox", () => {
  test("keeps an event as it is", async () => {
    const event = anEvent({ payload: new Uint8Array([0, 255, 39, 92, 123]), headers: { traceparent: '00-a"{,}-\\' } });
    await postgres.transaction((trx) => writeOutbox(trx, [event]));
    const row = await postgres.db
      .selectFrom("outbox")
      .selectAll()
      .where("event_id", "=", event.eventId)
      .executeTakeFirstOrThrow();
    expect(row).toMatchObject({
      event_id: event.eventId,
      topic: event.topic,
      type: event.type,
      aggregate_id: event.key,
      aggregate_version: 1,
      headers: event.headers,
      parked_at: null,
    });
    expect(new Uint8Array(row.payload)).toEqual(event.payload);
    expect(row.lane).toBe(Number.parseInt(event.key.slice(-1), 16));
  });

  test("keeps the order in which events were given", async () => {
    const events = aHistory(40);
    await postgres.transaction((trx) => writeOutbox(trx, events));
    expect(await versionsOf(events[0]?.key ?? "")).toEqual(events.map((event) => event.version));
  });

  test("writes nothing for no events", async () => {
    await postgres.transaction((trx) => writeOutbox(trx, []));
  });

  test("forgets an event with the transaction that wrote it", async () => {
    const event = anEvent();
    const broken = postgres.transaction(async (trx) => {
      await writeOutbox(trx, [event]);
      throw new Error("no");
    });
    await expect(broken).rejects.toThrow("no");
    expect(await versionsOf(event.key)).toEqual([]);
  });

  test("refuses an event that no broker would take, and takes the largest", async () => {
    const [largest, tooLarge] = [900_000, 900_001].map((bytes) => anEvent({ payload: new Uint8Array(bytes) }));
    if (largest === undefined || tooLarge === undefined) throw new Error("two events");
    await postgres.transaction((trx) => writeOutbox(trx, [largest]));
    await expect(postgres.transaction((trx) => writeOutbox(trx, [tooLarge]))).rejects.toMatchObject({
      kind: "payload_too_large",
      reason: "EVENT_TOO_LARGE",
      message: expect.stringMatching(/900001.*900000/),
    });
  });

  test("refuses the same version of an aggregate twice", async () => {
    const event = anEvent();
    await postgres.transaction((trx) => writeOutbox(trx, [event]));
    const again = postgres.transaction((trx) => writeOutbox(trx, [anEvent({ key: event.key })]));
    await expect(again).rejects.toMatchObject({ kind: "already_exists" });
    const elsewhere = anEvent({ key: event.key, topic: "other.events.v1" });
    await postgres.transaction((trx) => writeOutbox(trx, [elsewhere]));
  });

  test.each([
    [1, 2],
    [0, 0],
  ])("behind a CTE of %d rows, writes %d events", async (rows, written) => {
    const key = uuidv7();
    const changed = sql`changed`;
    await sql`with changed as (select generate_series(1, ${rows}::integer)),
      told as (${insertOutbox(aHistory(2, { key }), changed)})
      select 1`.execute(postgres.db);
    expect(await versionsOf(key)).toHaveLength(written);
  });
});
