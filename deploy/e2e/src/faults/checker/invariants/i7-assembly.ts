import { groupBy } from "../group.ts";
import type { JobRow, OrderRow, Snapshot } from "../snapshot.ts";
import { type Finding, finding, type Invariant } from "../violation.ts";

/** Every paid order is built once, not before its time, and knows it; no other order is built. */
export const assembledOnce: Invariant = {
  id: "I7",
  what: "each paid order is assembled exactly once and never before it is due, and no other is",
  check: (snapshot) => [
    ...notBuiltOnce(snapshot),
    ...early(snapshot),
    ...ofNothing(snapshot),
    ...told(snapshot),
    ...refused(snapshot),
  ],
};

function notBuiltOnce({ orders, jobs }: Snapshot): readonly Finding[] {
  const byOrder = groupBy(jobs, ({ orderUuid }) => orderUuid);
  return orders.flatMap((order) => {
    const why = built(order, byOrder.get(order.orderUuid) ?? []);
    return why === undefined ? [] : [finding(order.orderUuid, why)];
  });
}

function built({ status }: OrderRow, jobs: readonly JobRow[]): string | undefined {
  const isPaid = status === "PAID" || status === "ASSEMBLED";
  if (!isPaid) return jobs.length === 0 ? undefined : `is ${status} and has a ship`;
  if (jobs.length !== 1) return `is ${status} and has ${jobs.length} ships`;
  if (jobs[0]?.doneAtMs === undefined) return `is ${status} and its ship is not built`;
  return status === "ASSEMBLED" ? undefined : "has its ship and is still PAID";
}

const early = ({ jobs }: Snapshot): readonly Finding[] =>
  jobs
    .filter(({ doneAtMs, dueAtMs }) => doneAtMs !== undefined && doneAtMs < dueAtMs)
    .map(({ orderUuid, doneAtMs = 0, dueAtMs }) => finding(orderUuid, `was built ${dueAtMs - doneAtMs} ms early`));

function ofNothing({ jobs, orders }: Snapshot): readonly Finding[] {
  const known = new Set(orders.map(({ orderUuid }) => orderUuid));
  return jobs
    .filter(({ orderUuid }) => !known.has(orderUuid))
    .map(({ orderUuid }) => finding(orderUuid, "does not exist and has a ship"));
}

/** The history tells it once: an order is assembled by one change. */
function told({ history }: Snapshot): readonly Finding[] {
  const changes = groupBy(
    history.filter(({ cause }) => cause === "SHIP_ASSEMBLED"),
    ({ orderUuid }) => orderUuid,
  );
  return [...changes]
    .filter(([, lines]) => lines.length > 1)
    .map(([orderUuid, lines]) => finding(orderUuid, `became ASSEMBLED ${lines.length} times`));
}

const refused = ({ rejected }: Snapshot): readonly Finding[] =>
  rejected
    .filter(({ type }) => type === "gantry.assembly.v1.ShipAssembled")
    .map(({ orderUuid, orderStatus }) => finding(orderUuid, `has a ship that came when it was ${orderStatus}`));
