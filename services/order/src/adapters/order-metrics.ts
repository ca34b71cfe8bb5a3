import { count } from "@gantry/telemetry";
import type { Decision, Draft } from "../domain/order.ts";

/** Counts each change by the state it led to, and what was earned. */
export function countChanges({ order: { total }, changes }: Decision<Draft>): void {
  for (const { to, cause } of changes) {
    count("orderChanges", 1, { "gantry.order.status": to });
    if (cause === "PAYMENT_CONFIRMED")
      count("orderRevenue", Number(total.minor), { "gantry.currency": total.currency });
  }
}
