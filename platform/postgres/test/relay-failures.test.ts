import type { EventRecord, SendOutcome } from "@gantry/kernel";
import { eventually } from "@gantry/testing";
import { describe, expect, test } from "vitest";
import { outboxStatus, type Postgres, unparkOutbox, writeOutbox } from "../src/index.ts";
import { aHistory, anEvent, anEventDatabase, type EventTables } from "./events.ts";
import { aBroker, aRelay, outage, refusal } from "./relays.ts";

const write = (postgres: Postgres<EventTables>, events: readonly EventRecord[]): Promise<void> =>
  postgres.transaction((trx) => writeOutbox(trx, events));

const isEmpty = async ({ db }: Postgres<EventTables>): Promise<boolean> => (await outboxStatus(db)).rows === 0;

describe("a relay whose broker", () => {
  test("is down keeps everything, parks nothing, and sends it all when the broker is back", async () => {
    const postgres = await anEventDatabase();
    const histories = Array.from({ length: 20 }, () => aHistory(3));
    await write(postgres, histories.flat());
    let down = true;
    const broker = aBroker(() => (down ? outage : undefined));
    await aRelay({ url: postgres.url, send: broker.send });
    await eventually(() => broker.calls.length >= 8);
    expect(await outboxStatus(postgres.db)).toMatchObject({ rows: 60, parkedKeys: [] });
    down = false;
    await eventually(() => isEmpty(postgres), { withinMs: 30_000 });
    for (const history of histories) expect(broker.versionsOf(history[0]?.key ?? "")).toEqual([1, 2, 3]);
  });

  test("is down rests longer and longer, however often it is woken", async () => {
    const postgres = await anEventDatabase();
    const broker = aBroker(() => outage);
    const relay = await aRelay({ url: postgres.url, send: broker.send });
    for (let n = 0; n < 200; n++) {
      await write(postgres, [anEvent()]);
      relay.wake();
    }
    await eventually(() => broker.calls.length > 1);
    expect(broker.calls.length).toBeLessThan(40);
  });

  test("fails one event in the middle of a key repeats from there on, and loses nothing", async () => {
    const postgres = await anEventDatabase();
    const history = aHistory(4);
    await write(postgres, history);
    const broker = aBroker(({ version }, call) => (call === 1 && version === 2 ? outage : undefined));
    await aRelay({ url: postgres.url, send: broker.send });
    await eventually(() => isEmpty(postgres));
    expect(broker.calls.map((call) => call.map((each) => each.version))).toEqual([
      [1, 2, 3, 4],
      [2, 3, 4],
    ]);
  });

  test("refuses an event for good holds its aggregate, lets the others flow, and goes on when a person says so", async () => {
    const postgres = await anEventDatabase();
    const [broken, healthy] = [aHistory(3), aHistory(3)];
    const key = broken[0]?.key ?? "";
    let refusing = true;
    const broker = aBroker((record) => (refusing && record.key === key && record.version === 2 ? refusal : undefined));
    const relay = await aRelay({ url: postgres.url, send: broker.send });
    await write(postgres, [...broken, ...healthy]);
    relay.wake();
    await eventually(async () => (await outboxStatus(postgres.db)).parkedKeys[0]?.events === 2);
    expect(await outboxStatus(postgres.db)).toMatchObject({
      rows: 0,
      parkedKeys: [{ key, firstVersion: 2, reason: "MESSAGE_TOO_LARGE: Too large." }],
    });
    await write(postgres, [
      ...aHistory(4, { first: 4, key }),
      ...aHistory(4, { first: 4, key: healthy[0]?.key ?? "" }),
    ]);
    relay.wake();
    await eventually(async () => (await outboxStatus(postgres.db)).parkedKeys[0]?.events === 3);
    expect(broker.versionsOf(healthy[0]?.key ?? "")).toEqual([1, 2, 3, 4]);
    expect(broker.calls.flat().filter((record) => record.key === key && record.version === 2)).toHaveLength(5);
    expect(broker.versionsOf(key)).not.toContain(4);

    refusing = false;
    expect(await postgres.transaction((trx) => unparkOutbox(trx, key))).toBe(3);
    expect(await postgres.transaction((trx) => unparkOutbox(trx, key))).toBe(0);
    await eventually(() => isEmpty(postgres));
    expect(broker.versionsOf(key).slice(-3)).toEqual([2, 3, 4]);
  });

  test("breaks at one event sends the others, and parks that one when it is plain that it is the event", async () => {
    const postgres = await anEventDatabase();
    const poison = anEvent();
    const broker = aBroker();
    const send = (records: readonly EventRecord[]): Promise<readonly SendOutcome[]> => {
      if (records.some((record) => record.eventId === poison.eventId)) throw new TypeError("cannot encode");
      return broker.send(records);
    };
    const relay = await aRelay({ url: postgres.url, send });
    await write(postgres, [poison]);
    let others = 0;
    await eventually(async () => {
      await write(
        postgres,
        Array.from({ length: 20 }, () => anEvent()),
      );
      others += 20;
      relay.wake();
      return (await outboxStatus(postgres.db)).parkedKeys.some(({ key }) => key === poison.key);
    });
    await eventually(() => isEmpty(postgres));
    expect(broker.taken).toHaveLength(others);
  });

  test("never answers loses its lanes to another relay", async () => {
    const postgres = await anEventDatabase();
    const history = aHistory(3);
    await write(postgres, history);
    const began = Promise.withResolvers<void>();
    const hanging = await aRelay({
      url: postgres.url,
      sendTimeoutMs: 200,
      send: () => {
        began.resolve();
        return new Promise(() => {});
      },
    });
    await began.promise;
    const broker = aBroker();
    await aRelay({ url: postgres.url, send: broker.send });
    await eventually(() => isEmpty(postgres), { withinMs: 30_000 });
    expect(broker.taken).toEqual(history);
    await hanging.stop();
  });
});
