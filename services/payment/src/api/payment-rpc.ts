import type { ConnectRouter } from "@connectrpc/connect";
import { PaymentService } from "@gantry/gen/proto/gantry/payment/v1/payment_service_pb";
import type { Uuid } from "@gantry/kernel";
import { userOf } from "@gantry/rpc";
import type { PayOrder } from "../app/pay-order.ts";
import type { DecisionStore } from "../app/ports.ts";
import type { VoidPayment } from "../app/void-payment.ts";
import type { Paid, Standing } from "../domain/decision.ts";
import { paymentNotFound } from "../domain/payment-errors.ts";
import { chargeOf, paymentMessage, voidAnswer } from "./payment-rpc.map.ts";

/** What this service is made of, as its callers see it. */
export interface PaymentUseCases {
  readonly payOrder: PayOrder;
  readonly voidPayment: VoidPayment;
  /** Reads need no use case. */
  readonly decisions: Pick<DecisionStore, "find">;
}

export const paymentRoutes =
  ({ payOrder, voidPayment, decisions }: PaymentUseCases) =>
  (router: ConnectRouter): void => {
    router.service(PaymentService, {
      payOrder: async (request) => ({ transactionUuid: await payOrder.execute(chargeOf(request)) }),
      voidPayment: async ({ orderUuid }) => voidAnswer(await voidPayment.execute(orderUuid.toLowerCase())),
      getPayment: async ({ orderUuid }, context) => {
        const standing = await decisions.find(orderUuid.toLowerCase());
        return { payment: paymentMessage(ownPayment(standing, orderUuid, userOf(context).userUuid)) };
      },
    });
  };

function ownPayment(standing: Standing | undefined, orderUuid: Uuid, userUuid: Uuid): Standing<Paid> {
  if (standing?.decision === "PAY" && standing.userUuid === userUuid) return standing;
  throw paymentNotFound(orderUuid);
}
