import { events } from "@gantry/gen/events/registry";
import { createBroker, topicSpecs } from "@gantry/messaging";
import { silentLogger } from "@gantry/telemetry";
import { launcherEnvironment } from "./config.ts";
import { EVENT_LOG } from "./databases.ts";
import type { Environment } from "./environment.ts";
import type { ServiceSpec } from "./topology.ts";

/** What says where events travel, from the options first, from this machine's environment otherwise. */
function given(env: Environment): Environment {
  const names = ["KAFKA_BROKERS", "KAFKA_GROUP_PROTOCOL", "EVENTS_POSTGRES_URL"];
  const all = { ...launcherEnvironment(), ...env };
  return Object.fromEntries(names.flatMap((name) => (all[name] ? [[name, all[name]]] : [])));
}

const haveEvents = (services: readonly ServiceSpec[]) => services.some(({ events }) => events);

/** Whether events travel through a log in the embedded PostgreSQL: a service has events, and nothing else is set. */
export function needsEventLog(services: readonly ServiceSpec[], env: Environment = {}): boolean {
  const { KAFKA_BROKERS, EVENTS_POSTGRES_URL } = given(env);
  return haveEvents(services) && KAFKA_BROKERS === undefined && EVENTS_POSTGRES_URL === undefined;
}

/** The variables that a service with events gets. */
export function eventEnvironment(
  services: readonly ServiceSpec[],
  env: Environment | undefined,
  databases: Readonly<Record<string, string>>,
): Environment {
  if (!haveEvents(services)) return {};
  const log = databases[EVENT_LOG];
  return log === undefined ? given(env ?? {}) : { ...given(env ?? {}), EVENTS_POSTGRES_URL: log };
}

/**
 * Makes the topics that are not there yet, with their dead-letter topics: services check them at their start and make none.
 * Without services that have events nothing is done.
 */
export async function makeTopics({ KAFKA_BROKERS, EVENTS_POSTGRES_URL }: Environment): Promise<void> {
  if (KAFKA_BROKERS === undefined && EVENTS_POSTGRES_URL === undefined) return;
  const specs = topicSpecs(
    events,
    Object.values(events).map(({ topic }) => topic),
  );
  const broker = createBroker({
    kafkaBrokers: KAFKA_BROKERS?.split(","),
    eventLogUrl: EVENTS_POSTGRES_URL,
    clientId: "devstack",
    topics: specs,
    logger: silentLogger,
  });
  try {
    await broker.admin.createTopics(specs);
  } finally {
    await broker.stop();
  }
}
