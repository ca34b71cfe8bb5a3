import { eventName } from "../event-name.ts";
import type { InboxRow, LedgerEvent, Snapshot, TopicMessage } from "../snapshot.ts";
import { type Finding, finding, type Invariant } from "../violation.ts";

/** Nothing is published, and nothing applied, that no producer has committed. */
export const noGhosts: Invariant = {
  id: "I2",
  what: "every event in a topic or an inbox was committed by a producer",
  check: (snapshot) => [...ghostMessages(snapshot), ...ghostEffects(snapshot), ...sharedIds(snapshot)],
};

function ghostMessages({ messages, ledger, injected }: Snapshot): readonly Finding[] {
  const known = byName(ledger);
  const onPurpose = new Set(injected.keys);
  return messages
    .filter(({ key }) => !onPurpose.has(key))
    .flatMap((message) => {
      const why = strangeness(message, known);
      return why === undefined ? [] : [finding(eventName(message), `${message.type} ${message.eventId} ${why}`)];
    });
}

function strangeness(message: TopicMessage, known: ReadonlyMap<string, LedgerEvent>): string | undefined {
  const event = known.get(eventName(message));
  if (event === undefined) return "is in the topic and was committed by nobody";
  if (event.type !== message.type) return `is in the topic, but what was committed is ${event.type}`;
  if (event.eventId !== undefined && event.eventId !== message.eventId)
    return `is in the topic, but the id of what was committed is ${event.eventId}`;
  return undefined;
}

function ghostEffects({ inbox, ledger }: Snapshot): readonly Finding[] {
  const known = byName(ledger);
  return inbox
    .filter((row) => !known.has(eventName(row)))
    .map((row) => finding(eventName(row), `${row.consumer} applied ${row.eventId}, which was committed by nobody`));
}

/** One event has one id: the same id on another event, or another id on the same event, is a forgery or a collision. */
function sharedIds({ messages, inbox, injected }: Snapshot): readonly Finding[] {
  const onPurpose = new Set(injected.keys);
  const nameOf = new Map<string, string>();
  const idOf = new Map<string, string>();
  const findings = new Map<string, Finding>();
  const add = (event: TopicMessage | InboxRow): void => {
    const name = eventName(event);
    const [knownName, knownId] = [nameOf.get(event.eventId) ?? name, idOf.get(name) ?? event.eventId];
    if (knownName !== name) findings.set(name, finding(name, `shares its id ${event.eventId} with ${knownName}`));
    if (knownId !== event.eventId) findings.set(name, finding(name, `has two ids: ${knownId} and ${event.eventId}`));
    nameOf.set(event.eventId, knownName);
    idOf.set(name, knownId);
  };
  for (const event of [...messages, ...inbox]) if (!onPurpose.has(event.key)) add(event);
  return [...findings.values()];
}

const byName = (ledger: readonly LedgerEvent[]): ReadonlyMap<string, LedgerEvent> =>
  new Map(ledger.map((event) => [eventName(event), event]));
