import { type EventRecord, type SendOutcome, uuidv7 } from "@gantry/kernel";
import { eventually } from "@gantry/testing";
import { sql } from "kysely";
import { expect, test } from "vitest";
import { createInbox, type Inbox, outboxStatus, type Postgres, writeOutbox } from "../src/index.ts";
import { aHistory, anEventDatabase, type EventTables } from "./events.ts";
import { aRandom } from "./random.ts";
import { aRelay, outage } from "./relays.ts";

type Random = ReturnType<typeof aRandom>;
const PARTITIONS = 4;

/** A broker that loses acknowledgements and messages, and keeps the order of what it stores. */
function aLossyBroker(random: Random) {
  const partitions: EventRecord[][] = Array.from({ length: PARTITIONS }, () => []);
  const send = async (records: readonly EventRecord[]): Promise<readonly SendOutcome[]> =>
    records.map((record) => {
      const chance = random.below(20);
      if (chance > 0) partitions[Number.parseInt(record.key.slice(-1), 16) % PARTITIONS]?.push(record);
      return chance > 1 ? { acked: true } : { acked: false, error: outage };
    });
  return { partitions, send };
}

/** Reads partitions as members of a group do that crash, and at times both believe that a partition is theirs. */
function aGroup(postgres: Postgres<EventTables>, inbox: Inbox, partitions: readonly EventRecord[][], random: Random) {
  const committed = partitions.map(() => 0);
  const step = async (): Promise<void> => {
    const index = random.below(PARTITIONS);
    const from = Math.max(0, (committed[index] ?? 0) - random.below(5));
    const batch = (partitions[index] ?? []).slice(from, from + 1 + random.below(12));
    const crashes = random.below(6) === 0;
    const applied = await postgres
      .transaction(async (trx) => {
        for (const { key, version } of await inbox.admit(trx, batch)) {
          await sql`insert into effect (key, version) values (${key}, ${version})`.execute(trx);
        }
        if (crashes) throw new Error("crash");
      })
      .then(() => true)
      .catch(() => false);
    if (applied) committed[index] = Math.max(committed[index] ?? 0, from + batch.length);
  };
  return { step, isDone: () => partitions.every((each, index) => committed[index] === each.length) };
}

test("every event has one effect, in order, whatever crashes, is lost or comes twice on the way", async () => {
  const random = aRandom();
  const postgres = await anEventDatabase();
  await sql`create table effect (seq bigint generated always as identity, key uuid, version integer)`.execute(
    postgres.db,
  );
  const broker = aLossyBroker(random);
  const relays = await Promise.all([1, 2].map(() => aRelay({ url: postgres.url, send: broker.send, name: "chaotic" })));
  const histories = Array.from({ length: 30 }, () => aHistory(1 + random.below(15), { key: uuidv7() }));
  const inbox = createInbox({ consumer: "chaos" });
  const group = aGroup(postgres, inbox, broker.partitions, random);

  const write = async (): Promise<void> => {
    for (const event of interleaved(histories, random)) {
      await postgres.transaction((trx) => writeOutbox(trx, [event]));
      if (random.below(3) === 0) relays[0]?.wake();
      if (random.below(40) === 0) {
        await sql`select pg_terminate_backend(pid) from pg_stat_activity
          where datname = current_database() and application_name = 'chaotic'`.execute(postgres.db);
      }
    }
  };
  let settled = false;
  const member = async (): Promise<void> => {
    while (!settled) await group.step();
  };
  const members = [member(), member()];
  await write();
  await eventually(async () => (await outboxStatus(postgres.db)).rows === 0 && group.isDone(), { withinMs: 35_000 });
  settled = true;
  await Promise.all(members);

  const { rows } = await sql<{ key: string; version: number }>`select key, version from effect order by seq`.execute(
    postgres.db,
  );
  for (const history of histories) {
    const versions = rows.filter(({ key }) => key === history[0]?.key).map(({ version }) => version);
    expect(versions, `seed ${random.seed}`).toEqual(history.map(({ version }) => version));
  }
  expect(await inbox.gaps(postgres.db)).toEqual([]);
});

/** The events of several aggregates in a random order that keeps the order of each. */
function interleaved(histories: readonly (readonly EventRecord[])[], random: Random): readonly EventRecord[] {
  const next = histories.map(() => 0);
  return random.shuffle(histories.flatMap((history, index) => history.map(() => index))).flatMap((index) => {
    const event = histories[index]?.[next[index] ?? 0];
    next[index] = (next[index] ?? 0) + 1;
    return event === undefined ? [] : [event];
  });
}
