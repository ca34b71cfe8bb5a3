import { copyFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { uuidv7 } from "@gantry/kernel";
import { migrate } from "@gantry/postgres";
import { silentLogger } from "@gantry/telemetry";
import { tempDir, testDatabase } from "@gantry/testing";
import { sql } from "kysely";
import { expect, test } from "vitest";
import { aPayment, aRequest, aVoid } from "./builders.ts";
import { aStore, migrateTables, openDatabase } from "./database.ts";
import { aReader, aReplica } from "./wallets.ts";

test("wallets come to a database that has decisions, and leave them as they are", async () => {
  const { url } = await testDatabase();
  await using before = await tempDir();
  const first = "0001_create_payment.sql";
  await copyFile(new URL(`../migrations/${first}`, import.meta.url), join(before.path, first));
  await migrate({ url, directory: pathToFileURL(`${before.path}/`), logger: silentLogger });
  const postgres = openDatabase(url);
  const [paid, voided] = [aPayment({ method: "SBP" }), aVoid()];
  await sql`
    insert into payment (order_uuid, decision, transaction_uuid, user_uuid, payment_method, amount_minor, currency)
    values (${paid.orderUuid}, 'PAY', ${paid.transactionUuid}, ${paid.userUuid}, 'SBP', 125000, 'USD'),
      (${voided.orderUuid}, 'VOID', null, null, null, null, null)`.execute(postgres.db);

  await migrateTables(url);

  expect(await aStore(postgres).find(paid.orderUuid)).toMatchObject(paid);
  expect(await aStore(postgres).find(voided.orderUuid)).toMatchObject(voided);
  const { accept, topUp, round } = aReplica(postgres);
  const request = aRequest({ userUuid: uuidv7() });
  await topUp(request.userUuid, 40n);
  await accept(request);
  await round();
  expect(await aReader(postgres).stateOf(request)).toBe("COMPLETED");
});
