import { setTimeout as sleep } from "node:timers/promises";
import type { EventRecord, SendOutcome } from "@gantry/kernel";
import { eventually } from "@gantry/testing";
import { sql } from "kysely";
import { describe, expect, test } from "vitest";
import { createInbox, outboxStatus, type Postgres, writeOutbox } from "../src/index.ts";
import { aHistory, anEvent, anEventDatabase, type EventTables } from "./events.ts";
import { aBroker, aRelay } from "./relays.ts";

const isEmpty = async ({ db }: Postgres<EventTables>): Promise<boolean> => (await outboxStatus(db)).rows === 0;

const write = (postgres: Postgres<EventTables>, events: readonly EventRecord[]): Promise<void> =>
  postgres.transaction((trx) => writeOutbox(trx, events));

/** Raises the version of an account and tells of it: the aggregate first, the event second. */
const raise = (postgres: Postgres<EventTables>, key: string): Promise<void> =>
  postgres.transaction(async (trx) => {
    const { rows } = await sql<{ version: number }>`
      update account set version = version + 1 where id = ${key} returning version`.execute(trx);
    await writeOutbox(trx, [anEvent({ key, version: rows[0]?.version ?? 0 })]);
  });

describe("a relay", () => {
  test("sends what is committed, as it was given, and forgets it", async () => {
    const postgres = await anEventDatabase();
    const broker = aBroker();
    const relay = await aRelay({ url: postgres.url, send: broker.send });
    const event = anEvent({ headers: { traceparent: "00-1" } });
    await write(postgres, [event]);
    relay.wake();
    await eventually(() => isEmpty(postgres));
    expect(broker.taken).toEqual([event]);
  });

  test("finds what nobody woke it for", async () => {
    const postgres = await anEventDatabase();
    const broker = aBroker();
    await aRelay({ url: postgres.url, send: broker.send });
    await eventually(
      async () =>
        (
          await sql`select from pg_stat_activity where datname = current_database() and application_name = 'relay'`.execute(
            postgres.db,
          )
        ).rows.length > 0,
    );
    await write(postgres, [anEvent()]);
    await eventually(() => isEmpty(postgres));
  });

  test("sends each event once and in order, with many writers and several relays", async () => {
    const postgres = await anEventDatabase();
    const keys = aHistory(12).map(() => anEvent().key);
    await sql`create table account (id uuid primary key, version integer not null)`.execute(postgres.db);
    await sql`insert into account select unnest(${keys}::uuid[]), 0`.execute(postgres.db);
    const broker = aBroker();
    const send = async (records: readonly EventRecord[]): Promise<readonly SendOutcome[]> => {
      await sleep(Math.random() * 5); // the network: gives two relays the chance to overtake each other
      return broker.send(records);
    };
    const relays = await Promise.all([1, 2, 3].map(() => aRelay({ url: postgres.url, send })));
    const writer = async (index: number): Promise<void> => {
      for (let n = 0; n < 60; n++) {
        await raise(postgres, keys[(n * (index + 1)) % keys.length] ?? "");
        relays[index % 3]?.wake();
      }
    };
    await Promise.all(Array.from({ length: 8 }, (_, index) => writer(index)));
    await eventually(() => isEmpty(postgres));
    expect(broker.taken).toHaveLength(480);
    for (const key of keys) {
      const versions = broker.versionsOf(key);
      expect(versions).toEqual(versions.map((_, index) => index + 1));
    }
  });

  test("keeps to the order of writing: an event written before its aggregate can overtake, and the inbox mends it", async () => {
    const postgres = await anEventDatabase();
    const [first, second] = aHistory(2);
    if (first === undefined || second === undefined) throw new Error("two events");
    await postgres.transaction(async (late) => {
      await writeOutbox(late, [second]);
      await write(postgres, [first]); // has the row lock that the other one did not wait for
    });
    const broker = aBroker();
    await aRelay({ url: postgres.url, send: broker.send });
    await eventually(() => isEmpty(postgres));
    expect(broker.versionsOf(first.key)).toEqual([2, 1]);
    const inbox = createInbox({ consumer: "mender" });
    const handled: EventRecord[] = [];
    for (const event of broker.taken) {
      handled.push(...(await postgres.transaction((trx) => inbox.admit(trx, [event]))));
    }
    expect(handled.map((event) => event.version)).toEqual([1, 2]);
  });

  test("holds a bounded number of rows and bytes at a time", async () => {
    const postgres = await anEventDatabase();
    const large = Array.from({ length: 12 }, () => anEvent({ payload: Buffer.alloc(900_000) }));
    for (const event of large) await write(postgres, [event]);
    await write(
      postgres,
      Array.from({ length: 3000 }, () => anEvent()),
    );
    const broker = aBroker();
    await aRelay({ url: postgres.url, send: broker.send });
    await eventually(() => isEmpty(postgres));
    const bytes = broker.calls.map((call) => call.reduce((sum, { payload }) => sum + payload.byteLength, 0));
    expect(Math.max(...bytes)).toBeLessThanOrEqual(4_000_000 + 900_000);
    expect(Math.max(...broker.calls.map((call) => call.length))).toBeLessThanOrEqual(1000);
    expect(broker.taken).toHaveLength(3012);
  });

  test("finishes the round under way when it stops", async () => {
    const postgres = await anEventDatabase();
    await write(postgres, aHistory(2));
    const sending = Promise.withResolvers<void>();
    const acknowledged = Promise.withResolvers<readonly SendOutcome[]>();
    const send = (): Promise<readonly SendOutcome[]> => {
      sending.resolve();
      return acknowledged.promise;
    };
    const relay = await aRelay({ url: postgres.url, send });
    await sending.promise;
    const stopped = Promise.all([relay.stop(), relay.stop()]);
    acknowledged.resolve([{ acked: true }, { acked: true }]);
    await stopped;
    expect(await isEmpty(postgres)).toBe(true);
  });

  test("tells of rounds that found something", async () => {
    const postgres = await anEventDatabase();
    await write(postgres, aHistory(3));
    const { promise, resolve } = Promise.withResolvers<unknown>();
    await aRelay({ url: postgres.url, send: aBroker().send, onRound: resolve });
    expect(await promise).toEqual({ rows: 3, acked: 3, parked: [], error: undefined, ms: expect.any(Number) });
  });
});
