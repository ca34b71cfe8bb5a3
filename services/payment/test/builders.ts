import { type Money, uuidv7 } from "@gantry/kernel";
import type { Account } from "../src/domain/account.ts";
import type { Charge, Paid, Voided } from "../src/domain/decision.ts";
import type { WalletRequest } from "../src/domain/wallet-request.ts";

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

export const usd = (minor: bigint): Money => ({ minor, currency: "USD" });

export const anAccount = (minor: bigint, version = 1, userUuid = uuidv7()): Account => ({
  userUuid,
  balance: usd(minor),
  version,
});

export const aRequest = (facts: Partial<WalletRequest> = {}): WalletRequest => ({
  orderUuid: uuidv7(),
  orderVersion: 3,
  userUuid: uuidv7(),
  amount: usd(40n),
  ...facts,
});
