import { PaymentMethod as Numbers } from "@gantry/gen/proto/gantry/payment/v1/payment_pb";
import type { PaymentMethod } from "./domain/decision.ts";

/** Every method of the domain has its number in the contract; a new one does not compile without. */
export const paymentMethodNumbers = {
  CARD: Numbers.CARD,
  SBP: Numbers.SBP,
  CREDIT_CARD: Numbers.CREDIT_CARD,
  INVESTOR_MONEY: Numbers.INVESTOR_MONEY,
  WALLET: Numbers.WALLET,
} as const satisfies Record<PaymentMethod, Numbers>;
