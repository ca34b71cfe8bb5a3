import { subscribers } from "../../topology.ts";
import { eventName, streamName } from "../event-name.ts";
import { groupBy } from "../group.ts";
import type { LedgerEvent, Snapshot } from "../snapshot.ts";
import { type Finding, finding, type Invariant } from "../violation.ts";

/** Every event that a producer committed is in its topic, and in the inbox of every consumer once, or visibly put aside. */
export const noLoss: Invariant = {
  id: "I1",
  what: "every committed event is in its topic and once in every inbox, or put aside with a reason",
  check: (snapshot) => [...unpublished(snapshot), ...notAppliedOnce(snapshot)],
};

function unpublished({ ledger, messages, outbox }: Snapshot): readonly Finding[] {
  const published = new Set(messages.map(eventName));
  const held = new Set(outbox.filter(({ parked }) => parked).map(streamName));
  return ledger
    .filter((event) => !published.has(eventName(event)) && !held.has(streamName(event)))
    .map((event) => finding(eventName(event), `${event.type} was committed and is not in the topic`));
}

function notAppliedOnce(snapshot: Snapshot): readonly Finding[] {
  const applied = groupBy(snapshot.inbox, (row) => `${row.consumer} ${eventName(row)}`);
  const aside = putAside(snapshot);
  const check = (event: LedgerEvent, consumer: string): readonly Finding[] => {
    const times = applied.get(`${consumer} ${eventName(event)}`)?.length ?? 0;
    if (times === 1 || (times === 0 && aside(consumer, event))) return [];
    const what = times === 0 ? "never applied it and did not put it aside" : `applied it ${times} times`;
    return [finding(eventName(event), `${consumer} ${what} (${event.type})`)];
  };
  return snapshot.ledger.flatMap((event) =>
    (subscribers[event.topic] ?? []).flatMap((consumer) => check(event, consumer)),
  );
}

/** Put aside is: parked behind a culprit whose reason is known, or dead-lettered with a reason. */
function putAside({ parked, deadLetters }: Snapshot): (consumer: string, event: LedgerEvent) => boolean {
  const explained = new Set(
    parked.filter(({ reason }) => reason !== "").map((row) => `${row.consumer} ${streamName(row)}`),
  );
  const parkedEvents = new Set(parked.map((row) => `${row.consumer} ${eventName(row)}`));
  const dead = new Set(
    deadLetters.filter(({ reason }) => reason !== "").map(({ consumer, eventId }) => `${consumer} ${eventId}`),
  );
  return (consumer, event) =>
    (parkedEvents.has(`${consumer} ${eventName(event)}`) && explained.has(`${consumer} ${streamName(event)}`)) ||
    (event.eventId !== undefined && dead.has(`${consumer} ${event.eventId}`));
}
