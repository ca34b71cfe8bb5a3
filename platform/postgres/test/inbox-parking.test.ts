import type { Transaction } from "kysely";
import { beforeAll, describe, expect, test } from "vitest";
import type { Postgres } from "../src/index.ts";
import { aHistory, anEventDatabase, type EventTables } from "./events.ts";
import { aConsumer } from "./inboxes.ts";

let postgres: Postgres<EventTables>;
beforeAll(async () => {
  postgres = await anEventDatabase();
});

describe("a parked key", () => {
  test("keeps what failed and all that comes later, while other keys flow", async () => {
    const { inbox, admit, parkAt } = aConsumer(postgres);
    const [broken, healthy] = [aHistory(6), aHistory(2)];
    await admit(broken.slice(5)); // waits for what is before it
    await parkAt(broken.slice(0, 4), 2);
    expect(await admit([...broken, ...healthy])).toEqual([1, 2]);
    const key = broken[0]?.key ?? "";
    expect(await inbox.parkedKeys(postgres.db)).toMatchObject([
      { key, events: 5, failedVersion: 2, reason: "BUG", error: "A bug.", replayCount: 0, replayRequested: false },
    ]);
    expect(await inbox.parkedEvents(postgres.db, "order.events.v1", key)).toEqual(broken.slice(1));
    expect(await inbox.gaps(postgres.db)).toEqual([]);
  });

  test("is not replayed before somebody asks for it", async () => {
    const { parkAt, replay } = aConsumer(postgres);
    await parkAt(aHistory(1), 1);
    expect(await replay()).toBeUndefined();
  });

  test("flows again after a replay, which has one effect however often it is asked for", async () => {
    const { inbox, admit, parkAt, replay } = aConsumer(postgres);
    const history = aHistory(6);
    const key = history[0]?.key ?? "";
    const ask = () => inbox.requestReplay(postgres.db, "order.events.v1", key);
    await parkAt(history.slice(0, 3), 2);
    await admit(history.slice(0, 5));
    expect([await ask(), await ask()]).toEqual([true, true]);
    expect(await replay()).toEqual([2, 3, 4, 5]);
    expect(await ask()).toBe(false);
    expect(await replay()).toBeUndefined();
    expect(await inbox.parkedKeys(postgres.db)).toEqual([]);
    expect(await admit(history)).toEqual([6]);
  });

  test("stays parked, in order, from the event that fails again", async () => {
    const { inbox, parkAt, replay } = aConsumer(postgres);
    const history = aHistory(5);
    const key = history[0]?.key ?? "";
    await parkAt(history, 1);
    const [before] = await inbox.parkedKeys(postgres.db);
    await inbox.requestReplay(postgres.db, "order.events.v1", key);
    expect(await replay(3)).toEqual([1, 2, 3, 4, 5]);
    expect(await inbox.parkedKeys(postgres.db)).toMatchObject([
      { failedVersion: 3, events: 3, replayCount: 1, replayRequested: false, firstFailedAt: before?.firstFailedAt },
    ]);
    expect(await replay()).toBeUndefined();
    await inbox.requestReplay(postgres.db, "order.events.v1", key);
    expect(await replay(3)).toEqual([3, 4, 5]);
    expect(await inbox.parkedKeys(postgres.db)).toMatchObject([{ failedVersion: 3, events: 3, replayCount: 2 }]);
    await inbox.requestReplay(postgres.db, "order.events.v1", key);
    expect(await replay()).toEqual([3, 4, 5]);
  });

  test("is asked for still when a replay is rolled back", async () => {
    const { inbox, parkAt, replay } = aConsumer(postgres);
    const history = aHistory(2);
    await parkAt(history, 1);
    await inbox.requestReplay(postgres.db, "order.events.v1", history[0]?.key ?? "");
    const broken = postgres.transaction(async (trx) => {
      const taken = await inbox.takeReplay(trx);
      if (taken !== undefined) await inbox.replayed(trx, taken);
      throw new Error("killed");
    });
    await expect(broken).rejects.toThrow("killed");
    expect(await replay()).toEqual([1, 2]);
  });

  test("leaves what has a gap before it waiting, and takes it up when the gap closes", async () => {
    const { inbox, admit, parkAt, replay } = aConsumer(postgres);
    const history = aHistory(4);
    await parkAt(history.slice(0, 1), 1);
    await admit(history.slice(2));
    await inbox.requestReplay(postgres.db, "order.events.v1", history[0]?.key ?? "");
    expect(await replay()).toEqual([1]);
    expect(await inbox.gaps(postgres.db)).toMatchObject([{ missingVersion: 2, waitingEvents: 2 }]);
    expect(await admit(history.slice(1, 2))).toEqual([2, 3, 4]);
  });

  test("is replayed in parts when it holds many events", async () => {
    const { inbox, admit, parkAt, replay } = aConsumer(postgres);
    const history = aHistory(250);
    await parkAt(history, 1);
    await inbox.requestReplay(postgres.db, "order.events.v1", history[0]?.key ?? "");
    const parts = [await replay(), await replay(), await replay(), await replay()];
    expect(parts.map((part) => part?.length)).toEqual([100, 100, 50, undefined]);
    expect(await admit(aHistory(251, { key: history[0]?.key ?? "" }))).toEqual([251]);
  });

  test("is replayed by one member at a time, and new events of it wait for the end", async () => {
    const { inbox, admit, parkAt, replay } = aConsumer(postgres);
    const history = aHistory(3);
    await parkAt(history.slice(0, 2), 1);
    await inbox.requestReplay(postgres.db, "order.events.v1", history[0]?.key ?? "");
    let later: Promise<readonly number[]> = Promise.resolve([]);
    await postgres.transaction(async (trx) => {
      const taken = await inbox.takeReplay(trx);
      expect(await replay()).toBeUndefined();
      later = admit(history);
      if (taken !== undefined) await inbox.replayed(trx, taken);
    });
    expect(await later).toEqual([3]);
  });

  test("refuses for now when it holds too much, and never flows past", async () => {
    const { admit, parkAt } = aConsumer(postgres, { maxHeldPerKey: 3 });
    const history = aHistory(4);
    await parkAt(history.slice(0, 1), 1);
    expect(await admit(history.slice(0, 3))).toEqual([]);
    await expect(admit(history)).rejects.toMatchObject({ kind: "unavailable", reason: "INBOX_FULL" });
  });
});

describe("a gap that will never close", () => {
  test("can be given up: what waits is replayed", async () => {
    const { inbox, admit, replay } = aConsumer(postgres);
    const history = aHistory(6);
    const key = history[0]?.key ?? "";
    await admit(history.slice(3, 5));
    const skip = (trx: Transaction<EventTables>) => inbox.skipGap(trx, "order.events.v1", key);
    expect(await postgres.transaction(skip)).toBe(true);
    expect(await postgres.transaction(skip)).toBe(false);
    expect(await replay()).toEqual([4, 5]);
    expect(await admit(history)).toEqual([6]);
  });
});
