import { AppError } from "@gantry/kernel";
import { type BrokerAdmin, deadLetterTopic, type EventRegistry, type InboundMessage } from "@gantry/messaging";
import { createInbox, type OutboxStatus, outboxStatus, type ParkedKey, type VersionGap } from "@gantry/postgres";
import { onBroker } from "./broker.ts";
import { consumersOf, type EventDatabase, onDatabase } from "./databases.ts";
import { idOf, newestDeadLetters } from "./dead-letter.ts";
import { topicsOf } from "./registry.ts";
import type { EventSources } from "./sources.ts";

/** What there is to know about the events of a system at this moment. */
export interface EventsReport {
  readonly outboxes: readonly { readonly service: string; readonly status: OutboxStatus }[];
  readonly consumers: readonly ConsumerReport[];
  readonly deadLetters: readonly DeadLetterReport[];
  /** What could not be asked, and why. */
  readonly problems: readonly string[];
}

export interface ConsumerReport {
  readonly service: string;
  readonly consumer: string;
  /** Messages not yet committed, by topic; undefined without an answer of the broker. */
  readonly behind: Readonly<Record<string, number | undefined>>;
  readonly parked: readonly ParkedKey[];
  readonly gaps: readonly VersionGap[];
}

export interface DeadLetterReport {
  readonly id: string;
  readonly type: string;
  readonly reason: string;
  readonly error: string;
  readonly consumer: string;
  readonly at: string;
}

/** Runs work that may fail; what failed is a problem to report, and no more. */
type Attempt = <T>(what: string, work: () => Promise<T>) => Promise<T | undefined>;

const attempts =
  (problems: string[]): Attempt =>
  async (what, work) => {
    try {
      return await work();
    } catch (error) {
      problems.push(`${what}: ${reasonOf(error)}`);
      return undefined;
    }
  };

/** Asks everything that can be reached, and names the rest. */
export async function listEvents(sources: EventSources, registry: EventRegistry): Promise<EventsReport> {
  const problems: string[] = [];
  const attempt = attempts(problems);
  if (sources.databases.size === 0)
    problems.push("services: set <SERVICE>_POSTGRES_URL, or start the system: npm start");
  const services = await Promise.all(
    [...sources.databases].map(([service, url]) =>
      attempt(`the database of ${service}`, () => onDatabase(service, url, reportService)),
    ),
  );
  const found = services.filter((one) => one !== undefined);
  const consumers = found.flatMap((one) => one.consumers);
  const topics = topicsOf(registry);
  const broker = await attempt("the broker", () =>
    onBroker(sources, ({ admin }) => reportBroker(admin, topics, consumers, attempt)),
  );
  return {
    outboxes: found.flatMap(({ service, status }) => (status === undefined ? [] : [{ service, status }])),
    consumers: broker?.consumers ?? consumers,
    deadLetters: broker?.deadLetters ?? [],
    problems,
  };
}

async function reportService(database: EventDatabase) {
  const { service, postgres, hasOutbox } = database;
  const status = hasOutbox ? await outboxStatus(postgres.db) : undefined;
  const consumers: ConsumerReport[] = [];
  for (const { consumer, topics } of await consumersOf(database)) {
    const inbox = createInbox({ consumer });
    consumers.push({
      service,
      consumer,
      behind: Object.fromEntries(topics.map((topic) => [topic, undefined])),
      parked: await inbox.parkedKeys(postgres.db),
      gaps: await inbox.gaps(postgres.db),
    });
  }
  return { service, status, consumers };
}

async function reportBroker(
  admin: BrokerAdmin,
  topics: readonly string[],
  consumers: readonly ConsumerReport[],
  attempt: Attempt,
) {
  const letters: InboundMessage[] = [];
  for (const topic of topics.map(deadLetterTopic))
    letters.push(...((await attempt(topic, () => newestDeadLetters(admin, topic))) ?? []));
  const withLags: ConsumerReport[] = [];
  for (const one of consumers)
    withLags.push((await attempt(`how far ${one.consumer} is behind`, () => withLag(admin, one))) ?? one);
  return { consumers: withLags, deadLetters: letters.map(describeLetter).sort(newestFirst) };
}

const newestFirst = (one: DeadLetterReport, other: DeadLetterReport): number => (one.at < other.at ? 1 : -1);

const describeLetter = (letter: InboundMessage): DeadLetterReport => ({
  id: idOf(letter),
  type: letter.headers.type ?? "",
  reason: letter.headers.dlq_reason ?? "",
  error: letter.headers.dlq_error ?? "",
  consumer: letter.headers.dlq_consumer ?? "",
  at: letter.headers.dlq_at ?? letter.sentAt.toISOString(),
});

async function withLag(admin: BrokerAdmin, one: ConsumerReport): Promise<ConsumerReport> {
  const behind: Record<string, number> = {};
  for (const { topic, committed, next } of await admin.lag(one.consumer, Object.keys(one.behind)))
    behind[topic] = (behind[topic] ?? 0) + Number(next - committed);
  return { ...one, behind };
}

const reasonOf = (error: unknown): string => {
  if (AppError.is(error)) return `${error.message} (${error.reason})`;
  return error instanceof Error ? error.message : String(error);
};
