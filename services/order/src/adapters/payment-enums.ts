import {
  PaymentFailureReason as Failure,
  PaymentMethod as Method,
} from "@gantry/gen/proto/gantry/payment/v1/payment_pb";
import type { PaymentFailure, PaymentMethod } from "../domain/change.ts";

export const methods: Record<PaymentMethod, Method> = {
  CARD: Method.CARD,
  SBP: Method.SBP,
  CREDIT_CARD: Method.CREDIT_CARD,
  INVESTOR_MONEY: Method.INVESTOR_MONEY,
  WALLET: Method.WALLET,
};

export const failures: Record<PaymentFailure, Failure> = {
  INSUFFICIENT_FUNDS: Failure.INSUFFICIENT_FUNDS,
  CURRENCY_MISMATCH: Failure.CURRENCY_MISMATCH,
  REFUSED: Failure.REFUSED,
};
