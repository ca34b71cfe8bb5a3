import { type EventRecord, uuidv7 } from "@gantry/kernel";
import { eventually } from "@gantry/testing";
import { sql, type Transaction } from "kysely";
import { beforeAll, describe, expect, test } from "vitest";
import { type Admitted, createInbox, type Postgres } from "../src/index.ts";
import { aHistory, anEvent, anEventDatabase, type EventTables } from "./events.ts";
import { meetingPoint } from "./fixture.ts";
import { aConsumer } from "./inboxes.ts";
import { aRandom } from "./random.ts";

let postgres: Postgres<EventTables>;
beforeAll(async () => {
  postgres = await anEventDatabase();
});

describe("admitting", () => {
  test("gives new events, of each key in the order of their versions", async () => {
    const { inbox } = aConsumer(postgres);
    const [one, other] = [aHistory(3), aHistory(2)];
    const mixed = [one[0], other[1], one[2], one[1], other[0]].filter((each) => each !== undefined);
    const handled = await postgres.transaction((trx) => inbox.admit(trx, mixed));
    expect(handled).toEqual([...one, ...other]);
  });

  test("gives an event once, however often and in whatever batch it comes", async () => {
    const { admit } = aConsumer(postgres);
    const [first, second, third] = aHistory(3);
    if (first === undefined || second === undefined || third === undefined) throw new Error("three events");
    expect(await admit([first, first, second, first])).toEqual([1, 2]);
    expect(await admit([first, second])).toEqual([]);
    expect(await admit([second, third, third])).toEqual([3]);
  });

  test("knows an old event by its version when its id is forgotten or another", async () => {
    const { inbox, admit } = aConsumer(postgres);
    const history = aHistory(2);
    await admit(history);
    await postgres.db.deleteFrom("inbox").where("consumer", "=", inbox.consumer).execute();
    expect(await admit(history)).toEqual([]);
    expect(await admit([anEvent({ key: history[0]?.key ?? "", version: 2 })])).toEqual([]);
  });

  test("is of one consumer, one topic and one key", async () => {
    const key = uuidv7();
    const [one, other] = [aConsumer(postgres), aConsumer(postgres)];
    const events = [anEvent({ key }), anEvent({ key, topic: "payment.events.v1" }), anEvent()];
    expect(await one.admit(events)).toEqual([1, 1, 1]);
    expect(await other.admit(events)).toEqual([1, 1, 1]);
  });

  test("counts only when its transaction commits", async () => {
    const { inbox, admit } = aConsumer(postgres);
    const events = aHistory(2);
    const broken = postgres.transaction(async (trx) => {
      await inbox.admit(trx, events);
      throw new Error("no");
    });
    await expect(broken).rejects.toThrow("no");
    expect(await admit(events)).toEqual([1, 2]);
  });

  test("holds back what comes too early, with all it carries, until what is before it comes", async () => {
    const { inbox, admit } = aConsumer(postgres);
    const key = uuidv7();
    const history = Array.from({ length: 5 }, (_, index) =>
      anEvent({ key, version: index + 1, payload: Buffer.from([index, 255]), headers: { schema: `"${index}` } }),
    );
    const [first, second, ...early] = history;
    if (first === undefined || second === undefined) throw new Error("events");
    expect(await admit(early.slice(1))).toEqual([]);
    expect(await admit([first, ...early.slice(1)])).toEqual([1]);
    expect(await inbox.gaps(postgres.db)).toMatchObject([{ key, missingVersion: 2, waitingEvents: 2 }]);
    const handled = await postgres.transaction((trx) => inbox.admit(trx, [early[0] ?? first, second]));
    expect(handled).toEqual(history.slice(1));
    expect(await inbox.gaps(postgres.db)).toEqual([]);
    expect(await admit(history)).toEqual([]);
  });

  test("gives every event once and in order, whatever order and repeats they come in", async () => {
    for (let run = 0; run < 25; run++) {
      const random = aRandom();
      const histories = Array.from({ length: 3 }, () => aHistory(1 + random.below(12)));
      const delivered = random.shuffle(
        histories.flatMap((each) => [...each, ...each.filter(() => random.below(3) === 0)]),
      );
      const { inbox } = aConsumer(postgres);
      const handled: EventRecord[] = [];
      while (delivered.length > 0) {
        const batch = delivered.splice(0, 1 + random.below(9));
        handled.push(...(await postgres.transaction((trx) => inbox.admit(trx, batch))));
      }
      for (const history of histories) {
        const ofKey = handled.filter((each) => each.key === history[0]?.key);
        expect(ofKey, `seed ${random.seed}`).toEqual(history);
      }
      expect(await inbox.gaps(postgres.db), `seed ${random.seed}`).toEqual([]);
    }
  });

  test("gives the same events to one of many members that get them at the same time, new keys or known", async () => {
    const { inbox } = aConsumer(postgres);
    const histories = Array.from({ length: 8 }, () => aHistory(10));
    const allGet = async (records: readonly EventRecord[]): Promise<readonly number[]> => {
      const door = meetingPoint(6);
      const member = (trx: Transaction<EventTables>) => door().then(() => inbox.admit(trx, aRandom().shuffle(records)));
      const handled = await Promise.all(Array.from({ length: 6 }, () => postgres.transaction(member)));
      return handled.map((each) => each.length).toSorted((one, other) => one - other);
    };
    expect(await allGet(histories.flatMap((each) => each.slice(0, 5)))).toEqual([0, 0, 0, 0, 0, 40]);
    expect(await allGet(histories.flat())).toEqual([0, 0, 0, 0, 0, 40]);
  });

  test.each([
    ["a new key", 0],
    ["a known key", 2],
  ])("of %s lets a member wait for the one that has the event before its own", async (_, known) => {
    const { inbox, admit } = aConsumer(postgres);
    const history = aHistory(known + 2);
    await admit(history.slice(0, known));
    let second: Promise<readonly number[]> = Promise.resolve([]);
    await postgres.transaction(async (trx) => {
      await inbox.admit(trx, history.slice(known, known + 1));
      second = admit(history.slice(known + 1));
      const waiting = sql`select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
      await eventually(async () => (await waiting.execute(postgres.db)).rows.length > 0);
    });
    expect(await second).toEqual([known + 2]);
  });

  test("gives an event to the second member when the first one fails", async () => {
    const { inbox } = aConsumer(postgres);
    const [event] = aHistory(1);
    if (event === undefined) throw new Error("an event");
    const admitted = Promise.withResolvers<void>();
    const go = Promise.withResolvers<void>();
    const first = postgres.transaction(async (trx) => {
      await inbox.admit(trx, [event]);
      admitted.resolve();
      await go.promise;
      throw new Error("killed");
    });
    await admitted.promise;
    const second = postgres.transaction((trx) => inbox.admit(trx, [event]));
    go.resolve();
    await expect(first).rejects.toThrow("killed");
    expect(await second).toEqual([event]);
  });

  test("refuses for now when too much waits for one key, and takes nothing of the batch in", async () => {
    const { inbox, admit } = aConsumer(postgres, { maxHeldPerKey: 3 });
    const history = aHistory(5);
    expect(await admit(history.slice(1, 4))).toEqual([]);
    await expect(admit([anEvent(), ...history.slice(4)])).rejects.toMatchObject({
      kind: "unavailable",
      reason: "INBOX_FULL",
      message: expect.stringContaining("3 events of"),
    });
    expect(await inbox.gaps(postgres.db)).toMatchObject([{ waitingEvents: 3 }]);
    expect(await admit(history)).toEqual([1, 2, 3, 4, 5]);
  });

  test("refuses for now when too much waits in all", async () => {
    const { admit } = aConsumer(postgres, { maxHeld: 4 });
    expect(await admit(aHistory(3, { first: 2 }))).toEqual([]);
    await expect(admit(aHistory(4, { first: 2 }))).rejects.toMatchObject({ reason: "INBOX_FULL" });
    expect(await admit(aHistory(3, { first: 2 }))).toEqual([]);
  });

  test("tells what became of a batch", async () => {
    const seen: Admitted[] = [];
    const { admit, parkAt } = aConsumer(postgres, { onAdmit: (admitted) => seen.push(admitted) });
    const [broken, early, whole] = [aHistory(3), aHistory(3), aHistory(2)];
    await parkAt(broken.slice(0, 1), 1);
    await admit([...broken, ...early.slice(1), ...whole, ...whole.slice(0, 1)]);
    await admit(early.slice(0, 1));
    expect(seen.slice(1)).toEqual([
      { handle: 2, repeats: 2, early: 2, parked: 2 },
      { handle: 3, repeats: 0, early: 0, parked: 0 },
    ]);
  });
});

describe("maintenance", () => {
  test("deletes ids that are too old, and old events stay old", async () => {
    const own = await anEventDatabase();
    const inbox = createInbox({ consumer: "c", maxAgeDays: 14 });
    const events = Array.from({ length: 2500 }, () => anEvent());
    await own.transaction((trx) => inbox.admit(trx, events.slice(0, 2400)));
    await sql`update inbox set processed_at = clock_timestamp() - interval '15 days'`.execute(own.db);
    await own.transaction((trx) => inbox.admit(trx, events.slice(2400)));
    expect(await inbox.maintain(own.db)).toBe(2400);
    expect(await inbox.maintain(own.db)).toBe(0);
    expect(await own.transaction((trx) => inbox.admit(trx, events))).toEqual([]);
  });

  test("deletes the oldest ids beyond a number of rows", async () => {
    const own = await anEventDatabase();
    const inbox = createInbox({ consumer: "c", maxRows: 300 });
    const events = Array.from({ length: 1500 }, () => anEvent());
    await own.transaction((trx) => inbox.admit(trx, events));
    expect(await inbox.maintain(own.db)).toBe(1200);
    const kept = await own.db.selectFrom("inbox").select("event_id").orderBy("seq").execute();
    expect(kept.map((row) => row.event_id)).toEqual(events.slice(1200).map((event) => event.eventId));
  });
});
