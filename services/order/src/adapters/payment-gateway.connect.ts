import type { Client } from "@connectrpc/connect";
import { PaymentDecision as Decision } from "@gantry/gen/proto/gantry/payment/v1/payment_pb";
import type { PaymentService } from "@gantry/gen/proto/gantry/payment/v1/payment_service_pb";
import { AppError } from "@gantry/kernel";
import type { PaymentDecision, PaymentGateway } from "../app/ports.ts";
import type { Order } from "../domain/order.ts";
import { methods } from "./payment-enums.ts";

/** Asks the payment service, with this service's own identity: the order is the key, so asking again is harmless. */
export class ConnectPaymentGateway implements PaymentGateway {
  readonly #payment: Client<typeof PaymentService>;

  constructor(payment: Client<typeof PaymentService>) {
    this.#payment = payment;
  }

  async pay({ orderUuid, userUuid, total, paymentMethod }: Order, signal: AbortSignal): Promise<PaymentDecision> {
    if (paymentMethod === undefined || paymentMethod === "WALLET")
      throw new TypeError(`order ${orderUuid} is not one that is paid by a call`);
    try {
      const { transactionUuid } = await this.#payment.payOrder(
        { orderUuid, userUuid, paymentMethod: methods[paymentMethod], amount: total },
        { signal },
      );
      return { decision: "PAID", transactionUuid };
    } catch (error) {
      if (AppError.is(error) && error.reason === "PAYMENT_VOIDED") return { decision: "VOIDED" };
      throw translated(error);
    }
  }

  async void({ orderUuid }: Order, signal: AbortSignal): Promise<PaymentDecision> {
    try {
      const { decision, transactionUuid } = await this.#payment.voidPayment({ orderUuid }, { signal });
      return decision === Decision.PAID ? { decision: "PAID", transactionUuid } : { decision: "VOIDED" };
    } catch (error) {
      throw translated(error);
    }
  }
}

/** Whatever was not an answer leaves the outcome open, and the order PAYING until somebody asks again. */
function translated(error: unknown): AppError {
  const upstream = AppError.from(error);
  if (!upstream.retryable && upstream.kind !== "cancelled") {
    return AppError.from(new Error("payment refused the request", { cause: upstream }));
  }
  return new AppError({
    kind: "unavailable",
    reason: "PAYMENT_UNAVAILABLE",
    message: "The payment service did not answer. The outcome is not known yet.",
    retryAfterSec: 1,
    cause: upstream,
  });
}
