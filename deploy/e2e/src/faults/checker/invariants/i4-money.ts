import { groupBy, sum } from "../group.ts";
import type { OrderRow, PaymentRow, Snapshot } from "../snapshot.ts";
import { type Finding, finding, type Invariant } from "../violation.ts";

/** Money is taken once for each paid order, and for nothing else. */
export const money: Invariant = {
  id: "I4",
  what: "one payment for each paid order and for no other, one transaction in every answer, sums that agree",
  check: (snapshot) => [
    ...paidOtherwise(snapshot),
    ...paymentsOfNothing(snapshot),
    ...unequalSums(snapshot),
    ...manyTransactions(snapshot),
    ...refused(snapshot),
  ],
};

const isPaid = ({ status }: OrderRow): boolean => status === "PAID" || status === "ASSEMBLED";
const isPay = ({ decision }: PaymentRow): boolean => decision === "PAY";

function paidOtherwise({ orders, payments }: Snapshot): readonly Finding[] {
  const decisions = groupBy(payments, ({ orderUuid }) => orderUuid);
  return orders.flatMap((order) => {
    const why = misfit(order, decisions.get(order.orderUuid) ?? []);
    return why === undefined ? [] : [finding(order.orderUuid, why)];
  });
}

function misfit(order: OrderRow, decisions: readonly PaymentRow[]): string | undefined {
  const [payment, ...more] = decisions.filter(isPay);
  if (more.length > 0) return `was paid ${more.length + 1} times`;
  if (payment !== undefined && decisions.length > 1) return "was paid and voided";
  if (isPaid(order)) return unlike(order, payment);
  return payment === undefined ? undefined : `is ${order.status} and was paid by ${payment.transactionUuid}`;
}

function unlike(order: OrderRow, payment: PaymentRow | undefined): string | undefined {
  if (payment === undefined) return `is ${order.status} and nothing was paid`;
  if (payment.transactionUuid !== order.transactionUuid)
    return `names transaction ${order.transactionUuid}, and was paid by ${payment.transactionUuid}`;
  if (payment.amountMinor !== order.totalMinor)
    return `costs ${order.totalMinor}, and ${payment.amountMinor} was paid for it`;
  if (payment.userUuid !== order.userUuid) return `is ${order.userUuid}'s, and ${payment.userUuid} paid it`;
  return undefined;
}

function paymentsOfNothing({ orders, payments }: Snapshot): readonly Finding[] {
  const known = new Set(orders.map(({ orderUuid }) => orderUuid));
  return payments
    .filter((payment) => isPay(payment) && !known.has(payment.orderUuid))
    .map(({ orderUuid, transactionUuid }) => finding(orderUuid, `does not exist and was paid by ${transactionUuid}`));
}

function unequalSums({ orders, payments }: Snapshot): readonly Finding[] {
  const taken = sum(payments.filter(isPay).map(({ amountMinor }) => amountMinor ?? 0));
  const owed = sum(orders.filter(isPaid).map(({ totalMinor }) => totalMinor));
  return taken === owed ? [] : [finding("all orders", `${taken} was taken for orders worth ${owed}`)];
}

function manyTransactions({ calls, orders }: Snapshot): readonly Finding[] {
  const stored = new Map(orders.map(({ orderUuid, transactionUuid }) => [orderUuid, transactionUuid]));
  const told = calls.flatMap(({ orderUuid, outcome }) =>
    outcome.kind === "ok" && outcome.transactionUuid !== undefined
      ? [{ orderUuid: outcome.orderUuid ?? orderUuid ?? "", transactionUuid: outcome.transactionUuid }]
      : [],
  );
  return [...groupBy(told, ({ orderUuid }) => orderUuid)].flatMap(([orderUuid, answers]) => {
    const all = new Set(answers.map(({ transactionUuid }) => transactionUuid));
    const own = stored.get(orderUuid);
    if (own !== undefined) all.add(own);
    return all.size === 1
      ? []
      : [finding(orderUuid, `has several transactions in its answers: ${[...all].join(", ")}`)];
  });
}

const refused = ({ rejected }: Snapshot): readonly Finding[] =>
  rejected
    .filter(({ type }) => type === "gantry.payment.v1.PaymentCompleted")
    .map(({ orderUuid, orderStatus }) => finding(orderUuid, `was paid when it was ${orderStatus}`));
