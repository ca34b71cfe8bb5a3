import { uuidv7 } from "@gantry/kernel";
import { sql } from "kysely";
import { describe, expect, test } from "vitest";
import { aPayment } from "./builders.ts";
import { aDatabase, aStore } from "./database.ts";
import { decisionStoreContract } from "./decision-store.contract.ts";

decisionStoreContract("PostgreSQL", async () => aStore(await aDatabase()));

describe("the payment table", async () => {
  const postgres = await aDatabase();
  const insert = (facts: Record<string, unknown>) => {
    const row = {
      order_uuid: uuidv7(),
      decision: "PAY",
      transaction_uuid: uuidv7(),
      user_uuid: uuidv7(),
      payment_method: "CARD",
      amount_minor: 1n,
      currency: "USD",
      ...facts,
    };
    const names = sql.join(Object.keys(row).map((name) => sql.ref(name)));
    return sql`insert into payment (${names}) values (${sql.join(Object.values(row))})`.execute(postgres.db);
  };

  test("takes a whole payment", async () => {
    await insert({});
  });

  test.each([
    ["a negative amount", { amount_minor: -1n }],
    ["an amount above 2^53 - 1", { amount_minor: 9007199254740992n }],
    ["an amount without a currency", { currency: null }],
    ["a currency that is none", { currency: "usd" }],
    ["a method that is none", { payment_method: "BARTER" }],
    ["a payment without a person", { user_uuid: null }],
    ["a void with a transaction", { decision: "VOID" }],
    ["a decision that is none", { decision: "MAYBE" }],
  ])("refuses %s", async (_what, facts) => {
    await expect(insert(facts)).rejects.toMatchObject({ meta: { sqlState: "23514" } });
  });

  test("keeps a decision whatever anybody tries", async () => {
    await aStore(postgres).decide(aPayment());
    for (const attempt of [sql`update payment set amount_minor = 2`, sql`delete from payment`])
      await expect(attempt.execute(postgres.db)).rejects.toMatchObject({ meta: { sqlState: "23001" } });
  });
});

describe("a failure around the commit", async () => {
  const postgres = await aDatabase();

  test("before it leaves no decision, so that asking again decides", async () => {
    const wanted = aPayment();
    await expect(aStore(postgres, "payment.tx.before_commit:error:1").decide(wanted)).rejects.toThrow("failpoint");
    expect(await aStore(postgres).find(wanted.orderUuid)).toBeUndefined();
    expect((await aStore(postgres).decide(wanted)).made).toBe(true);
  });

  test("after it leaves the decision, so that asking again tells it", async () => {
    const first = aPayment();
    await expect(aStore(postgres, "payment.tx.after_commit:error:1").decide(first)).rejects.toThrow("failpoint");
    const { standing, made } = await aStore(postgres).decide(aPayment(first));
    expect(made).toBe(false);
    expect(standing).toMatchObject({ transactionUuid: first.transactionUuid });
  });
});
