import { MAX_MINOR, uuidv7 } from "@gantry/kernel";
import { sql } from "kysely";
import { describe, expect, test } from "vitest";
import { PostgresWalletStore } from "../src/adapters/wallet-store.postgres.ts";
import { topUp } from "../src/domain/account.ts";
import { usd } from "./builders.ts";
import { aDatabase, aStore } from "./database.ts";

const postgres = await aDatabase();
const store = new PostgresWalletStore(postgres);

const put = (userUuid: string, minor: bigint, idempotencyKey: string = uuidv7(), currency = "USD") => {
  const amount = { minor, currency };
  return store.topUp({ userUuid, amount, idempotencyKey }, (account) => topUp(account, uuidv7(), amount));
};

describe("a wallet", () => {
  test("of a person who never topped up has no entries", async () => {
    const userUuid = uuidv7();
    expect(await store.account(userUuid)).toEqual({ userUuid, balance: undefined, version: 0 });
    expect(await store.entries(userUuid, { before: undefined, limit: 10 })).toEqual([]);
  });

  test("has the sum of its entries, counted without a gap, newest first", async () => {
    const userUuid = uuidv7();
    const made = [await put(userUuid, 1n), await put(userUuid, 20n), await put(userUuid, 300n)];
    expect(await store.account(userUuid)).toEqual({ userUuid, balance: usd(321n), version: 3 });
    expect(await store.entries(userUuid, { before: undefined, limit: 10 })).toEqual(made.toReversed());
    expect(await store.entries(userUuid, { before: 3, limit: 1 })).toEqual([made[1]]);
  });

  test("takes 50 top-ups at once, each once", async () => {
    const userUuid = uuidv7();
    const entries = await Promise.all(Array.from({ length: 50 }, () => put(userUuid, 7n)));
    expect(entries.map(({ version }) => version).toSorted((a, b) => a - b)).toEqual(
      Array.from({ length: 50 }, (_, n) => n + 1),
    );
    expect(await store.account(userUuid)).toMatchObject({ balance: usd(350n), version: 50 });
  });

  test("tells the entry of a key again, also to 30 at once, and moves no money", async () => {
    const userUuid = uuidv7();
    const entries = await Promise.all(Array.from({ length: 30 }, () => put(userUuid, 7n, "the-key")));
    await put(userUuid, 1n);
    expect(new Set(entries.map(({ entryUuid }) => entryUuid)).size).toBe(1);
    expect(await put(userUuid, 7n, "the-key")).toEqual(entries[0]);
    expect(await store.account(userUuid)).toMatchObject({ balance: usd(8n), version: 2 });
  });

  test("refuses a key that was used with another amount or currency", async () => {
    const userUuid = uuidv7();
    await put(userUuid, 7n, "the-key");
    const reused = { kind: "failed_precondition", reason: "IDEMPOTENCY_KEY_REUSED" };
    await expect(put(userUuid, 8n, "the-key")).rejects.toMatchObject(reused);
    await expect(put(userUuid, 7n, "the-key", "EUR")).rejects.toMatchObject(reused);
    expect(await put(uuidv7(), 8n, "the-key")).toMatchObject({ version: 1 });
  });

  test("keeps nothing of a top-up that is refused, so that its key may be used again", async () => {
    const userUuid = uuidv7();
    await put(userUuid, MAX_MINOR - 1n);
    await expect(put(userUuid, 2n, "the-key")).rejects.toMatchObject({ reason: "BALANCE_TOO_LARGE" });
    expect(await put(userUuid, 1n, "the-key")).toMatchObject({ balance: usd(MAX_MINOR), version: 2 });
  });
});

describe("the tables", () => {
  const userUuid = uuidv7();
  /** Writes past the code: what a defect or a hand could try. */
  const insertEntry = (facts: Record<string, unknown>) => {
    const row = {
      user_uuid: userUuid,
      version: 3,
      entry_uuid: uuidv7(),
      kind: "TOP_UP",
      currency: "USD",
      amount_minor: 5n,
      previous_balance_minor: 30n,
      balance_minor: 35n,
      idempotency_key: uuidv7(),
      order_uuid: null,
      ...facts,
    };
    const names = sql.join(Object.keys(row).map((name) => sql.ref(name)));
    return sql`insert into ledger_entry (${names}) values (${sql.join(Object.values(row))})`.execute(postgres.db);
  };
  const opened = (async () => {
    await put(userUuid, 10n, "first");
    await put(userUuid, 20n, "second");
  })();
  const CHECK = "23514";
  const FOREIGN_KEY = "23503";
  const UNIQUE = "23505";

  test.each([
    ["that does not add up", { balance_minor: 36n }, CHECK],
    ["that leaves less than nothing", { amount_minor: -31n, balance_minor: -1n }, CHECK],
    ["of a negative amount", { amount_minor: -5n, balance_minor: 25n }, CHECK],
    ["that forgets the entry before it", { previous_balance_minor: 0n, balance_minor: 5n }, FOREIGN_KEY],
    ["that leaves a gap", { version: 4 }, FOREIGN_KEY],
    ["of another currency", { currency: "EUR" }, FOREIGN_KEY],
    ["with a version that is taken", { version: 2, previous_balance_minor: 10n, balance_minor: 15n }, UNIQUE],
    ["that begins with something", { user_uuid: uuidv7(), version: 1 }, CHECK],
    ["with a key that was used", { idempotency_key: "first" }, UNIQUE],
    ["of a top-up without a key", { idempotency_key: null }, CHECK],
    ["of a payment without an order", { kind: "PAYMENT", balance_minor: 25n, idempotency_key: null }, CHECK],
    [
      "of a payment that nobody decided",
      { kind: "PAYMENT", balance_minor: 25n, idempotency_key: null, order_uuid: uuidv7() },
      FOREIGN_KEY,
    ],
  ])("refuse an entry %s", async (_what, facts, sqlState) => {
    await opened;
    await expect(insertEntry(facts)).rejects.toMatchObject({ meta: { sqlState } });
  });

  test.each([
    ["a balance below nothing", { balance_minor: -1n }, CHECK],
    ["a balance that no entry has left", { balance_minor: 31n }, FOREIGN_KEY],
    ["a version that no entry has", { version: 3 }, FOREIGN_KEY],
    ["a currency that no entry has", { currency: "EUR" }, FOREIGN_KEY],
    ["no currency beside money", { currency: null }, CHECK],
  ])("refuse an account with %s", async (_what, facts, sqlState) => {
    await opened;
    const change = postgres.db.updateTable("account").set(facts).where("user_uuid", "=", userUuid).execute();
    await expect(change).rejects.toMatchObject({ meta: { sqlState } });
  });

  test.each([
    ["changed", sql`update ledger_entry set amount_minor = 2`],
    ["deleted", sql`delete from ledger_entry`],
    ["cleared", sql`truncate ledger_entry cascade`],
  ])("let no entry be %s", async (_what, attempt) => {
    await opened;
    await expect(attempt.execute(postgres.db)).rejects.toMatchObject({ meta: { sqlState: "23001" } });
  });

  test("have the wallet as a way to pay", async () => {
    const wanted = { decision: "PAY", method: "WALLET", transactionUuid: uuidv7(), amount: usd(1n) } as const;
    expect((await aStore(postgres).decide({ ...wanted, orderUuid: uuidv7(), userUuid })).made).toBe(true);
  });
});
