import type { FaultCase } from "../fault-case.ts";
import type { FaultSystem } from "../fault-system.ts";
import {
  connectionsEnded,
  kafkaAway,
  killed,
  killedAt,
  postgresRestarted,
  rolled,
  services,
  tripled,
} from "../nemesis/strikes.ts";

type Fault = Pick<FaultCase, "name" | "strike">;

/** Every place in the code where a service can be killed. */
const places: Readonly<Record<string, readonly string[]>> = {
  order: ["order.tx.before_commit", "order.tx.after_commit", "pay.before_call", "pay.after_call", "pay.after_commit"],
  payment: ["payment.tx.before_commit", "payment.tx.after_commit"],
  notification: ["notify.after_sending", "notify.after_http"],
  assembly: ["assembly.after_claim"],
};

const relays: readonly string[] = ["order", "payment", "assembly"];
const relayPlaces = ["relay.after_select", "relay.after_produce", "relay.after_delete", "relay.after_commit"];
const consumers: readonly string[] = ["order", "payment", "assembly", "notification"];
const consumerPlaces = ["consumer.before_tx", "consumer.after_tx", "consumer.after_resolve"];

const everyPlace: readonly (readonly [service: string, place: string])[] = [
  ...Object.entries(places).flatMap(([service, names]) => names.map((name) => [service, name] as const)),
  ...relays.flatMap((service) => relayPlaces.map((name) => [service, name] as const)),
  ...consumers.flatMap((service) => consumerPlaces.map((name) => [service, name] as const)),
];

const MOST_HITS = 4;
const KAFKA_AWAY_MS = 8_000;

/** What can be done to this system. */
export const faultsFor = ({ kafka }: FaultSystem): readonly Fault[] => [
  ...everyPlace.map(([service, place]) => ({
    name: `${service} is killed at ${place}`,
    strike: killedAt(service, place, MOST_HITS),
  })),
  ...services.map((service) => ({ name: `${service} is killed`, strike: killed(service) })),
  ...(["fast", "immediate", "kill"] as const).map((how) => ({
    name: `PostgreSQL restarts (${how})`,
    strike: postgresRestarted(how),
  })),
  { name: "all connections are ended every 2 s", strike: connectionsEnded },
  { name: "every service in turn is ended by SIGTERM", strike: rolled },
  { name: "every event comes three times", strike: tripled },
  ...(kafka === undefined ? [] : [{ name: "Kafka is away", strike: kafkaAway(KAFKA_AWAY_MS) }]),
];
