import { age, table } from "../table.ts";
import type { ConsumerReport, EventsReport } from "./list.ts";

/** The report as tables. */
export function renderReport(report: EventsReport): string {
  const parts: readonly [string, string | undefined][] = [
    ["Outboxes", outboxes(report)],
    ["Consumers", consumers(report)],
    ["Parked: gantry events replay <service> <key>", parked(report)],
    [
      "Missing, and later events wait: find the dead letter and replay it, or gantry events skip <service> <key>",
      gaps(report),
    ],
    ["Dead letters, newest first: gantry events replay dlq <id>", deadLetters(report)],
    ["Not reachable", problems(report)],
  ];
  return parts.flatMap(([title, text]) => (text === undefined ? [] : [`${title}\n${text}`])).join("\n");
}

const orNothing = (titles: readonly string[], rows: readonly (readonly string[])[]): string | undefined =>
  rows.length === 0 ? undefined : table(titles, rows);

const outboxes = ({ outboxes: all }: EventsReport) =>
  orNothing(
    ["SERVICE", "WAITING", "OLDEST", "PARKED KEYS"],
    all.map(({ service, status }) => [
      service,
      String(status.rows),
      status.rows === 0 ? "-" : age(status.oldestAgeMs),
      String(status.parkedKeys.length),
    ]),
  );

const consumers = ({ consumers: all }: EventsReport) =>
  orNothing(
    ["SERVICE", "CONSUMER", "TOPIC", "BEHIND", "PARKED KEYS", "GAPS"],
    all.flatMap((one) =>
      Object.entries(one.behind).map(([topic, behind]) => [
        one.service,
        one.consumer,
        topic,
        behind === undefined ? "?" : String(behind),
        String(ofTopic(one.parked, topic)),
        String(ofTopic(one.gaps, topic)),
      ]),
    ),
  );

const ofTopic = (entries: readonly { readonly topic: string }[], topic: string): number =>
  entries.filter((entry) => entry.topic === topic).length;

const parked = ({ outboxes: sending, consumers: handling }: EventsReport) =>
  orNothing(
    ["WHERE", "TOPIC", "KEY", "EVENTS", "FROM VERSION", "REASON", "SINCE", "REPLAYS"],
    [
      ...sending.flatMap(({ service, status }) =>
        status.parkedKeys.map((key) => [
          `${service} outbox`,
          key.topic,
          key.key,
          String(key.events),
          String(key.firstVersion),
          key.reason,
          key.parkedAt.toISOString(),
          "-",
        ]),
      ),
      ...handling.flatMap(parkedOf),
    ],
  );

const parkedOf = ({ service, parked: keys }: ConsumerReport): string[][] =>
  keys.map((key) => [
    service,
    key.topic,
    key.key,
    String(key.events),
    String(key.failedVersion),
    key.reason,
    key.firstFailedAt.toISOString(),
    `${key.replayCount}${key.replayRequested ? ", one asked for" : ""}`,
  ]);

const gaps = ({ consumers: all }: EventsReport) =>
  orNothing(
    ["SERVICE", "TOPIC", "KEY", "VERSION", "WAITING", "FOR"],
    all.flatMap(({ service, gaps: missing }) =>
      missing.map((gap) => [
        service,
        gap.topic,
        gap.key,
        String(gap.missingVersion),
        String(gap.waitingEvents),
        age(gap.ageMs),
      ]),
    ),
  );

const deadLetters = ({ deadLetters: all }: EventsReport) =>
  orNothing(
    ["ID", "TYPE", "REASON", "CONSUMER", "AT"],
    all.map(({ id, type, reason, consumer, at }) => [id, type, reason, consumer, at]),
  );

const problems = ({ problems: all }: EventsReport): string | undefined =>
  all.length === 0 ? undefined : all.map((problem) => `  ${problem}\n`).join("");
