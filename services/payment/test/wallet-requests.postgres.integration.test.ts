import { uuidv7 } from "@gantry/kernel";
import { createLogger } from "@gantry/telemetry";
import { eventually } from "@gantry/testing";
import { sql } from "kysely";
import { afterAll, describe, expect, test } from "vitest";
import { endRequest, firstToAttend, lockNextAccount, waitUntilDue } from "../src/adapters/wallet-request-rows.ts";
import { aPayment, aRequest, aVoid, usd } from "./builders.ts";
import { aDatabase, aStore } from "./database.ts";
import { aReader, aReplica, HOUR_MS } from "./wallets.ts";

const postgres = await aDatabase();
const { accept, topUp, round, requests } = aReplica(postgres);
const { stateOf, rowOf, eventsOf, balanceOf, audit, auditOutbox } = aReader(postgres);
const decisions = aStore(postgres);

afterAll(async () => {
  await audit();
  await auditOutbox();
});

describe("a request", () => {
  test("is paid at once when the money is there: debit, decision, state and event together", async () => {
    const request = aRequest();
    await topUp(request.userUuid, 100n);
    await accept(request);
    await round();
    const standing = await decisions.find(request.orderUuid);
    expect(standing).toMatchObject({ decision: "PAY", method: "WALLET", amount: usd(40n), userUuid: request.userUuid });
    expect(await rowOf(request)).toMatchObject({ state: "COMPLETED", settled_at: expect.any(Date) });
    expect(await balanceOf(request.userUuid)).toBe(60n);
    expect(await eventsOf(request.orderUuid)).toMatchObject([
      {
        $typeName: "gantry.payment.v1.PaymentCompleted",
        orderUuid: request.orderUuid,
        userUuid: request.userUuid,
        version: 1,
        orderVersion: request.orderVersion,
        amount: usd(40n),
        transactionUuid: standing?.decision === "PAY" && standing.transactionUuid,
      },
    ]);
  });

  test("waits while there is too little, and a top-up has it paid at once", async () => {
    const request = aRequest();
    await topUp(request.userUuid, 39n);
    await accept(request);
    expect((await round()).dueInMs).toBeGreaterThan(60_000);
    expect(await stateOf(request)).toBe("WAITING");
    await topUp(request.userUuid, 1n);
    await round();
    expect(await stateOf(request)).toBe("COMPLETED");
    expect(await balanceOf(request.userUuid)).toBe(0n);
  });

  test("of a person without a wallet waits too", async () => {
    const request = aRequest();
    await accept(request);
    await round();
    expect(await stateOf(request)).toBe("WAITING");
    await topUp(request.userUuid, 40n);
    await round();
    expect(await stateOf(request)).toBe("COMPLETED");
  });

  test("that is due without the money fails, and no top-up brings it back", async () => {
    const request = aRequest();
    await accept(request, 0);
    await round();
    await topUp(request.userUuid, 100n);
    await round();
    expect(await stateOf(request)).toBe("INSUFFICIENT_FUNDS");
    expect(await balanceOf(request.userUuid)).toBe(100n);
    expect(await eventsOf(request.orderUuid)).toMatchObject([
      { $typeName: "gantry.payment.v1.PaymentFailed", version: 1, reason: 1, amount: usd(40n), orderVersion: 3 },
    ]);
  });

  test("in another currency than the wallet's fails at once", async () => {
    const request = aRequest({ amount: { minor: 1n, currency: "EUR" } });
    await topUp(request.userUuid, 100n);
    await accept(request);
    await round();
    expect(await stateOf(request)).toBe("CURRENCY_MISMATCH");
    expect(await balanceOf(request.userUuid)).toBe(100n);
  });

  test("that arrives three times is paid once, with one event", async () => {
    const request = aRequest();
    await topUp(request.userUuid, 200n);
    for (let repeat = 0; repeat < 3; repeat++) {
      await accept(request);
      await round();
    }
    expect(await balanceOf(request.userUuid)).toBe(160n);
    expect(await eventsOf(request.orderUuid)).toHaveLength(1);
  });

  test("made anew after a failure is paid, and its event is the second about the order", async () => {
    const request = aRequest();
    await accept(request, 0);
    await round();
    await topUp(request.userUuid, 40n);
    await accept({ ...request, orderVersion: 5 });
    await round();
    expect(await eventsOf(request.orderUuid)).toMatchObject([
      { version: 1, orderVersion: 3, $typeName: "gantry.payment.v1.PaymentFailed" },
      { version: 2, orderVersion: 5, $typeName: "gantry.payment.v1.PaymentCompleted" },
    ]);
  });

  test("made anew after it was paid gets the same payment and charges nothing", async () => {
    const request = aRequest();
    await topUp(request.userUuid, 100n);
    await accept(request);
    await accept({ ...request, orderVersion: 4 });
    await round();
    expect(await balanceOf(request.userUuid)).toBe(60n);
    const [first, second] = await eventsOf(request.orderUuid);
    expect(second).toMatchObject({ version: 2, orderVersion: 4 });
    expect(second).toMatchObject({ transactionUuid: Reflect.get(first ?? {}, "transactionUuid") });
  });
});

describe("several requests of one wallet", () => {
  test("are served in the order of their arrival", async () => {
    const userUuid = uuidv7();
    const asked = Array.from({ length: 3 }, () => aRequest({ userUuid }));
    for (const request of asked) await accept(request);
    await round();
    await topUp(userUuid, 85n);
    await round();
    expect(await Promise.all(asked.map(stateOf))).toEqual(["COMPLETED", "COMPLETED", "WAITING"]);
  });

  test("that came before a top-up go before one that comes behind it", async () => {
    const userUuid = uuidv7();
    const [early, late] = [aRequest({ userUuid }), aRequest({ userUuid })];
    await accept(early);
    await round();
    await topUp(userUuid, 40n);
    await accept(late);
    await round();
    expect(await Promise.all([early, late].map(stateOf))).toEqual(["COMPLETED", "WAITING"]);
  });

  test("do not wait for one that costs more than there is", async () => {
    const userUuid = uuidv7();
    const [dear, cheap] = [aRequest({ userUuid, amount: usd(100n) }), aRequest({ userUuid, amount: usd(30n) })];
    await topUp(userUuid, 50n);
    await accept(dear);
    await accept(cheap);
    await round();
    expect(await Promise.all([dear, cheap].map(stateOf))).toEqual(["WAITING", "COMPLETED"]);
  });

  test("50 at once on three replicas never take more than there is", async () => {
    const userUuid = uuidv7();
    const replicas = [aReplica(postgres), aReplica(postgres), aReplica(postgres)];
    const asked = Array.from({ length: 50 }, () => aRequest({ userUuid, amount: usd(30n) }));
    await topUp(userUuid, 1000n);
    for (const request of asked) await accept(request);
    const everyRound = () => Promise.all(replicas.map((replica) => replica.round()));
    await everyRound();
    await round();
    expect(await Promise.all(asked.map(stateOf))).toEqual([
      ...Array<string>(33).fill("COMPLETED"),
      ...Array<string>(17).fill("WAITING"),
    ]);
    expect(await balanceOf(userUuid)).toBe(10n);
    await Promise.all([...Array.from({ length: 20 }, () => topUp(userUuid, 25n)), everyRound()]);
    await round();
    expect(await Promise.all(asked.map(stateOf))).toEqual(Array<string>(50).fill("COMPLETED"));
    expect(await balanceOf(userUuid)).toBe(0n);
  });
});

describe("races, 100 times each", () => {
  const other = aReplica(postgres);

  /** Both at once, the contender some round trips later in each turn; then until nothing is left to be done. */
  async function race<T>(turn: number, contender: () => Promise<T>): Promise<T> {
    const late = async () => {
      for (let trip = 0; trip < turn % 16; trip++) await sql`select 1`.execute(postgres.db);
      return contender();
    };
    const [result] = await Promise.all([late(), round(), other.round()]);
    await eventually(async () => ((await round()).dueInMs ?? HOUR_MS) > 1000);
    return result;
  }

  const turns = Array.from({ length: 100 }, (_, turn) => turn);

  test("of a top-up against the end of the wait: paid or failed, and the money agrees", async () => {
    const outcomes = new Map<string, number>();
    for (const turn of turns) {
      const request = aRequest();
      await accept(request, 0);
      await race(turn, () => topUp(request.userUuid, 40n));
      const state = await stateOf(request);
      expect(await balanceOf(request.userUuid)).toBe(state === "COMPLETED" ? 0n : 40n);
      expect(await eventsOf(request.orderUuid)).toHaveLength(1);
      outcomes.set(state, (outcomes.get(state) ?? 0) + 1);
    }
    expect([...outcomes.keys()].toSorted()).toEqual(["COMPLETED", "INSUFFICIENT_FUNDS"]);
  });

  test("of a void against the wallet: paid or void, and debited exactly when it is paid", async () => {
    const outcomes = new Set<string>();
    for (const turn of turns) {
      const request = aRequest();
      await topUp(request.userUuid, 40n);
      await accept(request);
      const { standing } = await race(turn, () => decisions.decide(aVoid(request.orderUuid)));
      const state = await stateOf(request);
      expect(state).toBe(standing.decision === "PAY" ? "COMPLETED" : "VOIDED");
      expect(await balanceOf(request.userUuid)).toBe(standing.decision === "PAY" ? 0n : 40n);
      outcomes.add(state);
    }
    expect(outcomes).toEqual(new Set(["COMPLETED", "VOIDED"]));
  });

  test("of a card against the wallet: one of them is charged, and the request hears of that payment", async () => {
    const outcomes = new Set<string>();
    for (const turn of turns) {
      const request = aRequest();
      await topUp(request.userUuid, 40n);
      await accept(request);
      const { standing } = await race(turn, () => decisions.decide(aPayment({ ...request, method: "CARD" })));
      if (standing.decision === "VOID") throw new Error("nobody voided it");
      expect(await balanceOf(request.userUuid)).toBe(standing.method === "WALLET" ? 0n : 40n);
      expect(await eventsOf(request.orderUuid)).toMatchObject([{ transactionUuid: standing.transactionUuid }]);
      outcomes.add(standing.method);
    }
    expect(outcomes).toEqual(new Set(["CARD", "WALLET"]));
  });
});

describe("a request that waits", () => {
  test("fails when its order is voided, and nothing is taken", async () => {
    const request = aRequest();
    await accept(request);
    await round();
    await decisions.decide(aVoid(request.orderUuid));
    await topUp(request.userUuid, 100n);
    await round();
    expect(await stateOf(request)).toBe("VOIDED");
    expect(await balanceOf(request.userUuid)).toBe(100n);
  });

  test("completes with the payment when its order is paid by card", async () => {
    const request = aRequest();
    await accept(request);
    await round();
    const { standing } = await decisions.decide(aPayment({ ...request, method: "SBP" }));
    await round();
    expect(await eventsOf(request.orderUuid)).toMatchObject([
      { paymentMethod: 2, transactionUuid: standing.decision === "PAY" && standing.transactionUuid },
    ]);
  });

  test("is refused when its order is paid by somebody else", async () => {
    const request = aRequest();
    await decisions.decide(aPayment({ ...request, userUuid: uuidv7() }));
    await accept(request);
    await round();
    expect(await stateOf(request)).toBe("REFUSED");
  });

  test("is looked at again when its order was voided just while somebody let it wait", async () => {
    const request = aRequest();
    await accept(request);
    await requests.openAccounts();
    await postgres.transaction(async (trx) => {
      const account = await lockNextAccount(trx);
      const waiting = await firstToAttend(trx, account?.userUuid ?? "");
      if (waiting === undefined) throw new Error("nobody waits");
      await decisions.decide(aVoid(request.orderUuid));
      await waitUntilDue(trx, waiting);
    });
    await round();
    expect(await stateOf(request)).toBe("VOIDED");
  });

  test("is never ended twice, whatever a late timer believes", async () => {
    const request = aRequest();
    await topUp(request.userUuid, 40n);
    await accept(request);
    await requests.openAccounts();
    const stale = await postgres.transaction((trx) => firstToAttend(trx, request.userUuid));
    await round();
    if (stale === undefined) throw new Error("nobody waited");
    const late = postgres.transaction((trx) =>
      endRequest(trx, stale, { state: "FAILED", reason: "INSUFFICIENT_FUNDS" }),
    );
    await expect(late).rejects.toMatchObject({ reason: "WALLET_REQUEST_ENDED" });
    expect(await stateOf(request)).toBe("COMPLETED");
    for (const attempt of [
      sql`update wallet_request set state = 'FAILED' where order_uuid = ${request.orderUuid}`,
      sql`delete from wallet_request where order_uuid = ${request.orderUuid}`,
    ])
      await expect(attempt.execute(postgres.db)).rejects.toMatchObject({ meta: { sqlState: "23001" } });
  });
});

describe("a failure", () => {
  test("before the commit leaves nothing, and the request is paid the next time", async () => {
    const request = aRequest();
    await topUp(request.userUuid, 40n);
    await accept(request);
    const failing = aReplica(postgres, "wallet.before_commit:error:1");
    await failing.round();
    expect(await stateOf(request)).toBe("WAITING");
    expect(await balanceOf(request.userUuid)).toBe(40n);
    expect(await decisions.find(request.orderUuid)).toBeUndefined();
    expect(await eventsOf(request.orderUuid)).toEqual([]);
    await topUp(request.userUuid, 1n);
    await failing.round();
    expect(await stateOf(request)).toBe("COMPLETED");
  });

  test("behind the commit changes nothing", async () => {
    const request = aRequest();
    await topUp(request.userUuid, 40n);
    await accept(request);
    await aReplica(postgres, "wallet.after_commit:error:1").round();
    await round();
    expect(await stateOf(request)).toBe("COMPLETED");
    expect(await eventsOf(request.orderUuid)).toHaveLength(1);
  });

  test("of one request lets the others pass, also of the same wallet, and is tried again later", async () => {
    const lines: Record<string, unknown>[] = [];
    const logger = createLogger({ service: "payment", destination: { write: (line) => lines.push(JSON.parse(line)) } });
    const replica = aReplica(postgres, undefined, logger);
    const userUuid = uuidv7();
    const poison = aRequest({ userUuid });
    const others = [aRequest({ userUuid }), aRequest()];
    await sql`
      create function poison() returns trigger language plpgsql as $$ begin raise exception 'poison'; end $$;
      `.execute(postgres.db);
    await sql`
      create trigger poison before update on wallet_request for each row
      when (new.state = 'COMPLETED' and new.order_uuid = ${sql.lit(poison.orderUuid)}) execute function poison()
      `.execute(postgres.db);
    for (const request of [poison, ...others]) {
      await topUp(request.userUuid, 40n);
      await accept(request);
    }
    const { dueInMs } = await replica.round();
    expect(await Promise.all(others.map(stateOf))).toEqual(["COMPLETED", "COMPLETED"]);
    const { state, attempts } = await rowOf(poison);
    expect(state).toBe("WAITING");
    expect(attempts).toBeGreaterThan(0);
    expect(await balanceOf(userUuid)).toBe(40n);
    expect(dueInMs).toBeGreaterThan(0);
    const putOff = lines.filter(({ message }) => message === "wallet payment was put off");
    expect(putOff[0]).toMatchObject({ level: "warn", order_uuid: poison.orderUuid });

    await sql`drop trigger poison on wallet_request`.execute(postgres.db);
    await topUp(userUuid, 1n);
    await round();
    expect(await stateOf(poison)).toBe("COMPLETED");
  });
});
