import { EntryKind } from "@gantry/gen/proto/gantry/payment/v1/wallet_service_pb";
import { encodeCursor, isUuid, MAX_MINOR, uuidv7 } from "@gantry/kernel";
import { describe, expect, test } from "vitest";
import { usd } from "./builders.ts";
import { clientsAs } from "./clients.ts";
import { openDatabase } from "./database.ts";
import { aService } from "./fixture.ts";

const service = await aService();
const { identity } = service;

/** A new person, and how they use their wallet. */
function aPerson(userUuid = uuidv7()) {
  const { wallet } = clientsAs(service.url, () => identity.user(userUuid));
  const topUp = (minor: bigint, facts: { idempotencyKey?: string; currency?: string } = {}) => {
    const { idempotencyKey = uuidv7(), currency = "USD" } = facts;
    return wallet.topUp({ amount: { minor, currency }, idempotencyKey });
  };
  return { ...wallet, userUuid, topUp };
}

describe("GetAccount", () => {
  test("of a person who never topped up shows nothing, in the currency of the setting", async () => {
    const { userUuid, getAccount } = aPerson();
    expect((await getAccount({})).account).toMatchObject({ userUuid, balance: usd(0n), version: 0 });
  });

  test("shows the caller's balance, and to each their own", async () => {
    const [anna, boris] = [aPerson(), aPerson()];
    await anna.topUp(70n);
    expect((await anna.getAccount({})).account).toMatchObject({ balance: usd(70n), version: 1 });
    expect((await boris.getAccount({})).account).toMatchObject({ balance: usd(0n), version: 0 });
  });
});

describe("TopUp", () => {
  test("answers the account and the entry, and a repeat the same, whatever has happened since", async () => {
    const { userUuid, topUp, getAccount } = aPerson();
    await topUp(30n);
    const first = await topUp(12n, { idempotencyKey: "my-key" });
    await topUp(1n);
    expect(first.account).toMatchObject({ userUuid, balance: usd(42n), version: 2 });
    expect(first.entry).toMatchObject({
      kind: EntryKind.TOP_UP,
      amount: usd(12n),
      balance: usd(42n),
      orderUuid: "",
      version: 2,
    });
    expect(isUuid(first.entry?.entryUuid ?? "")).toBe(true);
    expect(await topUp(12n, { idempotencyKey: "my-key" })).toEqual(first);
    expect((await getAccount({})).account).toMatchObject({ balance: usd(43n), version: 3 });
  });

  test("makes one entry for a key, however many ask at once", async () => {
    const { topUp, getAccount } = aPerson();
    // no more than the contract's burst
    const answers = await Promise.all(Array.from({ length: 8 }, () => topUp(5n, { idempotencyKey: "same" })));
    for (const answer of answers) expect(answer).toEqual(answers[0]);
    expect((await getAccount({})).account).toMatchObject({ balance: usd(5n), version: 1 });
  });

  test.each([
    ["another amount", 6n, "USD"],
    ["another currency", 5n, "EUR"],
  ])("refuses a key that was used with %s", async (_what, minor, currency) => {
    const { topUp } = aPerson();
    await topUp(5n, { idempotencyKey: "same" });
    await expect(topUp(minor, { idempotencyKey: "same", currency })).rejects.toMatchObject({
      kind: "failed_precondition",
      reason: "IDEMPOTENCY_KEY_REUSED",
    });
  });

  test("refuses another currency than the account holds, naming it", async () => {
    const { topUp } = aPerson();
    await topUp(5n, { currency: "EUR" });
    await expect(topUp(5n)).rejects.toMatchObject({
      kind: "failed_precondition",
      reason: "CURRENCY_MISMATCH",
      details: { currency: "EUR" },
    });
  });

  test("refuses what would bring the balance above 2^53 - 1", async () => {
    const { topUp, userUuid, getAccount } = aPerson();
    await almostFill(userUuid);
    await expect(topUp(100_000_000n)).rejects.toMatchObject({
      kind: "failed_precondition",
      reason: "BALANCE_TOO_LARGE",
    });
    expect((await getAccount({})).account).toMatchObject({ balance: usd(MAX_MINOR - 1n) });
  });

  test.each([
    ["nothing", { amount: usd(0n) }, "amount"],
    ["more than 100 000 000 at once", { amount: usd(100_000_001n) }, "amount"],
    ["less than nothing", { amount: usd(-1n) }, "amount.minor"],
    ["no amount", { amount: undefined }, "amount"],
    ["a currency that is none", { amount: { minor: 1n, currency: "usd" } }, "amount.currency"],
    ["no key", { idempotencyKey: "" }, "idempotency_key"],
    ["a key with a blank", { idempotencyKey: "a b" }, "idempotency_key"],
    ["a key of 256 characters", { idempotencyKey: "k".repeat(256) }, "idempotency_key"],
  ])("refuses %s", async (_what, facts, field) => {
    const { wallet } = clientsAs(service.url, () => identity.user());
    await expect(wallet.topUp({ amount: usd(1n), idempotencyKey: "k", ...facts })).rejects.toMatchObject({
      kind: "invalid_argument",
      violations: expect.arrayContaining([expect.objectContaining({ field })]),
    });
  });

  test("writes a line for bookkeeping, once", async () => {
    const { topUp, userUuid } = aPerson();
    const { entry } = await topUp(5n, { idempotencyKey: "same" });
    await topUp(5n, { idempotencyKey: "same" });
    const lines = service.logged("wallet topped up").filter(({ user_uuid }) => user_uuid === userUuid);
    expect(lines).toMatchObject([{ entry_uuid: entry?.entryUuid, amount_minor: "5", currency: "USD" }]);
  });
});

describe("ListEntries", () => {
  test("reads everything once, page by page, newest first, also while entries are added", async () => {
    const { topUp, listEntries } = aPerson();
    for (const minor of [1n, 2n, 3n, 4n, 5n]) await topUp(minor);
    const first = await listEntries({ page: { pageSize: 2 } });
    await topUp(6n);
    const second = await listEntries({ page: { pageSize: 2, pageToken: first.page?.nextPageToken ?? "" } });
    const third = await listEntries({ page: { pageSize: 2, pageToken: second.page?.nextPageToken ?? "" } });
    const amounts = [first, second, third].map(({ entries }) => entries.map(({ amount }) => amount?.minor));
    expect(amounts).toEqual([[5n, 4n], [3n, 2n], [1n]]);
    expect(third.page?.nextPageToken).toBe("");
  });

  test("has no page behind a full last one, and 20 entries when nothing else is asked for", async () => {
    const { topUp, listEntries } = aPerson();
    await topUp(1n);
    await topUp(2n);
    expect(await listEntries({ page: { pageSize: 2 } })).toMatchObject({ page: { nextPageToken: "" } });
    expect((await listEntries({})).entries).toHaveLength(2);
  });

  test.each([
    ["is made up", "nonsense"],
    ["was given out by another listing", encodeCursor(["2026-01-01", "x"])],
    ["points nowhere", encodeCursor([0])],
    ["points beyond everything", encodeCursor([2 ** 31])],
    ["is half a position", encodeCursor([1.5])],
  ])("refuses a token that %s", async (_what, pageToken) => {
    await expect(aPerson().listEntries({ page: { pageToken } })).rejects.toMatchObject({
      kind: "invalid_argument",
      reason: "INVALID_CURSOR",
    });
  });

  test("refuses pages of more than 100", async () => {
    await expect(aPerson().listEntries({ page: { pageSize: 101 } })).rejects.toMatchObject({
      kind: "invalid_argument",
      violations: [expect.objectContaining({ field: "page.page_size" })],
    });
  });
});

test.each<[string, () => Promise<string> | undefined, string]>([
  ["a caller without identity", () => undefined, "unauthenticated"],
  ["a service", () => identity.service("order", "payment"), "permission_denied"],
])("the wallet is closed to %s", async (_who, caller, kind) => {
  const { wallet } = clientsAs(service.url, caller);
  for (const call of [
    () => wallet.getAccount({}),
    () => wallet.topUp({ amount: usd(1n), idempotencyKey: "k" }),
    () => wallet.listEntries({}),
  ])
    await expect(call()).rejects.toMatchObject({ kind });
});

/** By hand: with the contract's largest top-up it would take 90 million of them. */
async function almostFill(userUuid: string): Promise<void> {
  const { db } = openDatabase(service.postgresUrl);
  const amount = { currency: "USD", balance_minor: MAX_MINOR - 1n };
  await db.insertInto("account").values({ user_uuid: userUuid }).execute();
  const entry = {
    user_uuid: userUuid,
    version: 1,
    entry_uuid: uuidv7(),
    kind: "TOP_UP",
    idempotency_key: "k",
  } as const;
  const moved = { ...amount, amount_minor: MAX_MINOR - 1n, previous_balance_minor: 0n };
  await db
    .insertInto("ledger_entry")
    .values({ ...entry, ...moved })
    .execute();
  await db
    .updateTable("account")
    .set({ ...amount, version: 1 })
    .where("user_uuid", "=", userUuid)
    .execute();
}
