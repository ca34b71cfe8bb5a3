import { createFailpoints } from "@gantry/failpoints";
import { uuidv7 } from "@gantry/kernel";
import { expect, test } from "vitest";
import { PostgresRetention } from "../src/adapters/retention.postgres.ts";
import { PostgresRevocations } from "../src/adapters/revocations.postgres.ts";
import { PostgresSessionStore } from "../src/adapters/session-store.postgres.ts";
import { aDatabase } from "./database.ts";
import { aSession } from "./session-store.contract.ts";

const postgres = await aDatabase();
const sessions = new PostgresSessionStore(postgres, 7_200_000);
const revocations = new PostgresRevocations(postgres, createFailpoints(undefined));
const retention = new PostgresRetention(postgres);

const rowsOf = async (table: "session" | "ended_session"): Promise<readonly string[]> => {
  const rows = await postgres.db.selectFrom(table).select("session_uuid").execute();
  return rows.map(({ session_uuid }) => session_uuid);
};

test("what is over is deleted in batches, and nothing else", async () => {
  const now = new Date();
  const soon = new Date(now.getTime() + 1000);
  const [live, over] = [aSession({ expiresAt: soon }), aSession({ expiresAt: now })];
  const [remembered, forgotten] = [uuidv7(), uuidv7()];
  await sessions.begin(live);
  await sessions.begin(over);
  await revocations.end(remembered, soon);
  await revocations.end(forgotten, now);
  const many = Array.from({ length: 1200 }, () => ({ session_uuid: uuidv7(), until: now }));
  await postgres.db.insertInto("ended_session").values(many).execute();

  const batches = [];
  do batches.push(await retention.sweep(now));
  while (batches.at(-1) !== 0);

  expect(batches).toEqual([501, 500, 201, 0]);
  expect(await rowsOf("session")).toEqual([live.sessionUuid]);
  expect(await rowsOf("ended_session")).toEqual([remembered]);
});
