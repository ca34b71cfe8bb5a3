import type { Call, Ok } from "../../history/call.ts";
import { groupBy } from "../group.ts";
import type { OrderRow, Snapshot } from "../snapshot.ts";
import { type Finding, finding, type Invariant } from "../violation.ts";

/** What a client was told is so. What nobody knows may be either. */
export const answers: Invariant = {
  id: "I13",
  what: "each ok that a client saw is true in the database, each fail is not, repeats answered the same",
  check: (snapshot) => [
    ...untrue(snapshot),
    ...untrueRefusals(snapshot),
    ...doneAllTheSame(snapshot),
    ...unlikeRepeats(snapshot),
  ],
};

type Yes = Call & { readonly outcome: Ok };
const isYes = (call: Call): call is Yes => call.outcome.kind === "ok";

function untrue(snapshot: Snapshot): readonly Finding[] {
  const known = factsOf(snapshot);
  return snapshot.calls.filter(isYes).flatMap((call) => {
    const why = lies[call.operation](call, known);
    return why === undefined
      ? []
      : [finding(subjectOf(call), `${call.operation} answered ${call.outcome.status}, ${why}`)];
  });
}

/** What the databases say, ready to be asked. */
interface Facts {
  order(orderUuid: string | undefined): OrderRow | undefined;
  hasChange(orderUuid: string | undefined, cause: string): boolean;
  hasEntry(entryUuid: string | undefined): boolean;
}

function factsOf({ orders, history, entries }: Snapshot): Facts {
  const byUuid = new Map(orders.map((order) => [order.orderUuid, order]));
  const changes = new Set(history.map(({ orderUuid, cause }) => `${orderUuid} ${cause}`));
  const known = new Set(entries.map(({ entryUuid }) => entryUuid));
  return {
    order: (orderUuid = "") => byUuid.get(orderUuid),
    hasChange: (orderUuid, cause) => changes.has(`${orderUuid} ${cause}`),
    hasEntry: (entryUuid = "") => known.has(entryUuid),
  };
}

const isPaid = (order: OrderRow | undefined): boolean => order?.status === "PAID" || order?.status === "ASSEMBLED";

/** Why a yes is not true, by what was asked. */
const lies: Readonly<Record<Call["operation"], (call: Yes, facts: Facts) => string | undefined>> = {
  create({ userUuid, outcome }, facts) {
    const order = facts.order(outcome.orderUuid);
    if (order === undefined) return "and there is no such order";
    if (order.userUuid !== userUuid) return `and the order is ${order.userUuid}'s`;
    return order.totalMinor === outcome.totalMinor
      ? undefined
      : `with ${outcome.totalMinor}, and it costs ${order.totalMinor}`;
  },
  pay({ orderUuid, outcome }, facts) {
    if (outcome.status === 202)
      return facts.hasChange(orderUuid, "PAY_REQUESTED") ? undefined : "and no payment ever began";
    const order = facts.order(orderUuid);
    if (!isPaid(order)) return `and the order is ${order?.status ?? "not there"}`;
    return order?.transactionUuid === outcome.transactionUuid ? undefined : `and paid by ${order?.transactionUuid}`;
  },
  cancel({ orderUuid }, facts) {
    const order = facts.order(orderUuid);
    return order?.status === "CANCELLED" ? undefined : `and the order is ${order?.status ?? "not there"}`;
  },
  topUp: ({ outcome }, facts) => (facts.hasEntry(outcome.entryUuid) ? undefined : "and there is no such entry"),
};

/** Refusals that name a final state: it is still that state. */
const finalStates: Readonly<Record<string, readonly OrderRow["status"][]>> = {
  ORDER_ALREADY_PAID: ["PAID", "ASSEMBLED"],
  ORDER_CANCELLED: ["CANCELLED"],
  ORDER_EXPIRED: ["CANCELLED"],
  ORDER_FAILED: ["FAILED"],
};

function untrueRefusals(snapshot: Snapshot): readonly Finding[] {
  const known = factsOf(snapshot);
  return snapshot.calls.flatMap((call) => {
    const allowed = call.outcome.kind === "fail" ? finalStates[call.outcome.code] : undefined;
    const status = known.order(call.orderUuid)?.status;
    if (allowed === undefined || call.outcome.kind !== "fail" || (status !== undefined && allowed.includes(status)))
      return [];
    return [
      finding(subjectOf(call), `${call.operation} was refused with ${call.outcome.code}, and the order is ${status}`),
    ];
  });
}

/** A no in all attempts means that nothing was done; a yes or an unknown among them allows it. */
function doneAllTheSame(snapshot: Snapshot): readonly Finding[] {
  const done = effectsByKey(snapshot);
  return [
    ...groupBy(
      snapshot.calls.filter(({ key }) => key !== undefined),
      intentOf,
    ),
  ].flatMap(([intent, attempts]) => {
    const refused = attempts.every(({ outcome }) => outcome.kind === "fail" && !saysElsewhere.has(outcome.code));
    const [first] = attempts;
    return refused && first !== undefined && done.has(intent)
      ? [finding(subjectOf(first), `${first.operation} was refused in every answer, and was done`)]
      : [];
  });
}

/** Refusals that speak of another attempt at work with the same key: that one may have done it. */
const saysElsewhere: ReadonlySet<string> = new Set(["IDEMPOTENCY_KEY_IN_USE"]);

const effectsByKey = ({ keys, entries }: Snapshot): ReadonlySet<string> =>
  new Set([
    ...keys.map(({ userUuid, operation, key }) => intentOf({ userUuid, operation, key })),
    ...entries.flatMap(({ userUuid, key }) =>
      key === undefined ? [] : [intentOf({ userUuid, operation: "topUp", key })],
    ),
  ]);

const intentOf = ({ userUuid, operation, key }: Pick<Call, "userUuid" | "operation" | "key">): string =>
  `${userUuid} ${operation} ${key}`;

/** Two yeses to one key are one yes. A 202 is no answer yet: it says how a payment stands. */
function unlikeRepeats({ calls }: Snapshot): readonly Finding[] {
  const yeses = calls.filter(isYes).filter(({ key, outcome }) => key !== undefined && outcome.status !== 202);
  return [...groupBy(yeses, intentOf)].flatMap(([, attempts]) => {
    const said = new Set(attempts.map(({ outcome }) => JSON.stringify(factOf(outcome))));
    const [first] = attempts;
    return said.size === 1 || first === undefined
      ? []
      : [finding(subjectOf(first), `${first.operation} answered one key in ${said.size} ways: ${[...said].join(" ")}`)];
  });
}

const factOf = ({
  orderUuid,
  transactionUuid,
  totalMinor,
  entryUuid,
}: Ok): readonly (string | number | undefined)[] => [orderUuid, transactionUuid, totalMinor, entryUuid];

const subjectOf = ({ orderUuid, outcome, userUuid, key }: Call): string =>
  orderUuid ?? (outcome.kind === "ok" ? outcome.orderUuid : undefined) ?? `${userUuid} with key ${key}`;
