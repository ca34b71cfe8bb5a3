import { AppError, type Uuid } from "@gantry/kernel";

export const paymentVoided = (orderUuid: Uuid): AppError =>
  new AppError({
    kind: "failed_precondition",
    reason: "PAYMENT_VOIDED",
    message: `The payment of order ${orderUuid} was voided: it can never be paid.`,
    details: { order_uuid: orderUuid },
  });

/** Names what differs, not the values: the caller may not be the one who paid. */
export const paymentMismatch = (orderUuid: Uuid, differing: readonly string[]): AppError =>
  new AppError({
    kind: "failed_precondition",
    reason: "PAYMENT_MISMATCH",
    message: `Order ${orderUuid} is paid already, with another ${differing.join(" and ")}.`,
    details: { order_uuid: orderUuid, differing: differing.join(",") },
  });

/** Also for someone else's payment: that it exists is not the caller's business. */
export const paymentNotFound = (orderUuid: Uuid): AppError =>
  new AppError({
    kind: "not_found",
    reason: "PAYMENT_NOT_FOUND",
    message: `There is no payment of order ${orderUuid}.`,
  });
