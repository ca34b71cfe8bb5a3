import type { OrderRow, Snapshot } from "../snapshot.ts";
import { finding, type Invariant } from "../violation.ts";

/** How long after its deadline an unpaid order may still be waiting. */
const EXPIRY_SLACK_MS = 5_000;
/** How long a payment may be under way. */
const PAYING_WITHIN_MS = 60_000;

/** No order waits for ever. */
export const liveness: Invariant = {
  id: "I6",
  what: "no order is unpaid 5 s after its deadline, none is PAYING for a minute, none stays NEW",
  check: ({ orders, takenAtMs }: Snapshot) =>
    orders.flatMap((order) => {
      const why = stuck(order, takenAtMs);
      return why === undefined ? [] : [finding(order.orderUuid, why)];
    }),
};

function stuck({ status, expiresAtMs, updatedAtMs }: OrderRow, nowMs: number): string | undefined {
  const overdueMs = nowMs - (expiresAtMs ?? nowMs);
  if (status === "PENDING_PAYMENT" && overdueMs > EXPIRY_SLACK_MS)
    return `is PENDING_PAYMENT ${overdueMs} ms after its deadline`;
  if ((status === "PAYING" || status === "NEW") && nowMs - updatedAtMs > PAYING_WITHIN_MS)
    return `is ${status} for ${nowMs - updatedAtMs} ms`;
  return undefined;
}
