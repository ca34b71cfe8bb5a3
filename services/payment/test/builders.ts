import { uuidv7 } from "@gantry/kernel";
import type { Charge, Paid, Voided } from "../src/domain/decision.ts";

export const aCharge = (facts: Partial<Charge> = {}): Charge => ({
  orderUuid: uuidv7(),
  userUuid: uuidv7(),
  method: "CARD",
  amount: { minor: 125_000n, currency: "USD" },
  ...facts,
});

export const aPayment = (facts: Partial<Charge> = {}): Paid => ({
  ...aCharge(facts),
  decision: "PAY",
  transactionUuid: uuidv7(),
});

export const aVoid = (orderUuid = uuidv7()): Voided => ({ decision: "VOID", orderUuid });
