import { messageKinds } from "../../topology.ts";
import { groupBy } from "../group.ts";
import type { NoticeRow, Snapshot } from "../snapshot.ts";
import { type Finding, finding, type Invariant } from "../violation.ts";

/** Everybody is told what they are to be told; what may have come twice is known. */
export const told: Invariant = {
  id: "I8",
  what: "each message is delivered, or FAILED or UNKNOWN with a reason; repeats are at most the unknown ones",
  check: (snapshot) => [...untold(snapshot), ...unfinished(snapshot), ...repeated(snapshot), ...unasked(snapshot)],
};

interface Message {
  readonly orderUuid: string;
  readonly kind: string;
}

const about = ({ orderUuid, kind }: Message): string => `${kind} of ${orderUuid}`;
const named = (message: Message & { readonly chat: string }): string => `${about(message)} to ${message.chat}`;

function untold({ ledger, notices }: Snapshot): readonly Finding[] {
  const known = new Set(notices.map(about));
  return ledger
    .flatMap(({ key, type }) => {
      const kind = messageKinds[type];
      return kind === undefined ? [] : [about({ orderUuid: key, kind })];
    })
    .filter((name) => !known.has(name))
    .map((name) => finding(name, "happened, and nobody is to be told"));
}

function unfinished({ notices, deliveries }: Snapshot): readonly Finding[] {
  const delivered = new Set(deliveries.map(named));
  return notices.flatMap((notice) => {
    const why = end(notice, delivered.has(named(notice)));
    return why === undefined ? [] : [finding(named(notice), why)];
  });
}

function end({ state, reason }: NoticeRow, delivered: boolean): string | undefined {
  if (state === "SENT") return delivered ? undefined : "is SENT and was never delivered";
  if (state === "FAILED" || state === "UNKNOWN") return reason === "" ? `is ${state} without a reason` : undefined;
  return `is still ${state}`;
}

function repeated({ notices, deliveries }: Snapshot): readonly Finding[] {
  const times = groupBy(deliveries, named);
  return [...groupBy(notices, named)].flatMap(([name, rows]) => {
    const delivered = times.get(name)?.length ?? 0;
    const excused = rows.reduce((most, { ambiguous }) => most + ambiguous, 0);
    if (rows.length > 1) return [finding(name, `is to be told ${rows.length} times`)];
    return delivered - 1 <= excused
      ? []
      : [finding(name, `was delivered ${delivered} times, ${excused} of them unknown to the sender`)];
  });
}

function unasked({ notices, deliveries }: Snapshot): readonly Finding[] {
  const known = new Set(notices.map(named));
  return deliveries
    .filter((delivery) => !known.has(named(delivery)))
    .map((delivery) => finding(named(delivery), "was delivered, and nobody was to be told"));
}
