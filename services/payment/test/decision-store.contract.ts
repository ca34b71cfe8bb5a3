import { uuidv7 } from "@gantry/kernel";
import { beforeAll, describe, expect, test } from "vitest";
import type { DecisionStore } from "../src/app/ports.ts";
import { aPayment, aVoid } from "./builders.ts";

/** What every DecisionStore promises. `makeStore` is called once; the tests use ids of their own. */
export function decisionStoreContract(name: string, makeStore: () => Promise<DecisionStore>): void {
  describe(`${name} as a DecisionStore`, () => {
    let store: DecisionStore;
    beforeAll(async () => {
      store = await makeStore();
    });

    test("knows nothing about an order that nobody decided", async () => {
      expect(await store.find(uuidv7())).toBeUndefined();
    });

    test.each([
      ["a payment", aPayment()],
      ["a payment of nothing", aPayment({ amount: { minor: 0n, currency: "EUR" } })],
      [
        "the largest payment",
        aPayment({ amount: { minor: 9007199254740991n, currency: "XAU" }, method: "INVESTOR_MONEY" }),
      ],
      ["a void", aVoid()],
    ])("keeps %s with every fact and the time", async (_what, wanted) => {
      const arbitration = await store.decide(wanted);
      expect(arbitration).toEqual({ made: true, standing: { ...wanted, decidedAt: expect.any(Date) } });
      expect(await store.find(wanted.orderUuid)).toEqual(arbitration.standing);
    });

    test.each([
      ["a payment after a payment", aPayment, aPayment],
      ["a void after a payment", aPayment, (facts: { orderUuid: string }) => aVoid(facts.orderUuid)],
      ["a payment after a void", (facts: { orderUuid: string }) => aVoid(facts.orderUuid), aPayment],
      [
        "a void after a void",
        (facts: { orderUuid: string }) => aVoid(facts.orderUuid),
        (facts: { orderUuid: string }) => aVoid(facts.orderUuid),
      ],
    ])("lets the first decision stand: %s", async (_what, first, second) => {
      const orderUuid = uuidv7();
      const made = await store.decide(first({ orderUuid }));
      expect(await store.decide(second({ orderUuid }))).toEqual({ made: false, standing: made.standing });
    });

    test("lets exactly one of 50 payments at once stand, and tells all of them the same", async () => {
      const orderUuid = uuidv7();
      const answers = await Promise.all(Array.from({ length: 50 }, () => store.decide(aPayment({ orderUuid }))));
      expect(answers.filter(({ made }) => made)).toHaveLength(1);
      for (const { standing } of answers) expect(standing).toEqual(answers[0]?.standing);
    });

    test("lets payment or void stand, never both, in 200 races", async () => {
      const race = async (round: number) => {
        const orderUuid = uuidv7();
        const wanted = [aPayment({ orderUuid }), aVoid(orderUuid)];
        const inOrder = round % 2 === 0 ? wanted : wanted.toReversed();
        const answers = await Promise.all(inOrder.map((decision) => store.decide(decision)));
        expect(answers.filter(({ made }) => made)).toHaveLength(1);
        expect(answers[0]?.standing).toEqual(answers[1]?.standing);
        return answers[0]?.standing.decision;
      };
      const outcomes: unknown[] = [];
      for (let round = 0; round < 200; round += 20)
        outcomes.push(...(await Promise.all(Array.from({ length: 20 }, (_, n) => race(round + n)))));
      expect(new Set(outcomes)).toEqual(new Set(["PAY", "VOID"]));
    });
  });
}
