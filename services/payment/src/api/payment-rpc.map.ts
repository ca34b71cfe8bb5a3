import type { MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import {
  PaymentMethod as MethodNumber,
  PaymentDecision,
  type PaymentSchema,
} from "@gantry/gen/proto/gantry/payment/v1/payment_pb";
import type {
  PayOrderRequest,
  VoidPaymentResponseSchema,
} from "@gantry/gen/proto/gantry/payment/v1/payment_service_pb";
import { AppError, money } from "@gantry/kernel";
import { type Charge, type Paid, type PaymentMethod, paymentMethods, type Standing } from "../domain/decision.ts";

/** The wallet is asked by event: the contract lets nobody name it here. */
const chargeable = paymentMethods.filter((method) => method !== "WALLET");

const methods = new Map<MethodNumber, PaymentMethod>(chargeable.map((method) => [MethodNumber[method], method]));

/** @throws AppError `invalid_argument` for what validation of the contract lets no caller send */
export function chargeOf(request: PayOrderRequest): Charge {
  const { orderUuid, userUuid, paymentMethod, amount } = request;
  const method = methods.get(paymentMethod);
  if (method === undefined || amount === undefined) throw notByPayOrder();
  return {
    orderUuid: orderUuid.toLowerCase(),
    userUuid: userUuid.toLowerCase(),
    method,
    amount: money(amount.minor, amount.currency),
  };
}

export const voidAnswer = (standing: Standing): MessageInitShape<typeof VoidPaymentResponseSchema> =>
  standing.decision === "PAY"
    ? { decision: PaymentDecision.PAID, transactionUuid: standing.transactionUuid }
    : { decision: PaymentDecision.VOIDED };

export const paymentMessage = (payment: Standing<Paid>): MessageInitShape<typeof PaymentSchema> => ({
  transactionUuid: payment.transactionUuid,
  orderUuid: payment.orderUuid,
  userUuid: payment.userUuid,
  paymentMethod: MethodNumber[payment.method],
  amount: { minor: payment.amount.minor, currency: payment.amount.currency },
  paidAt: timestampFromDate(payment.decidedAt),
});

const notByPayOrder = (): AppError =>
  new AppError({
    kind: "invalid_argument",
    reason: "PAYMENT_METHOD_UNSUPPORTED",
    message: `An order is paid with an amount and one of the methods ${chargeable.join(", ")}.`,
  });
