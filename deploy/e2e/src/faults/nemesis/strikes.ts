import { setTimeout as delay } from "node:timers/promises";
import type { KeptPostgres } from "@gantry/devstack";
import { eventually } from "@gantry/testing";
import type { Strike, Striking } from "../fault-case.ts";
import { eventTopics } from "../topology.ts";
import { createRandom } from "../workload/random.ts";
import { createDuplicator } from "./duplicates.ts";
import { arm } from "./failpoint.ts";
import { type PostgresEnd, restartPostgres, terminateBackends } from "./postgres.ts";
import { killService, rollingRestart } from "./processes.ts";

/** All services, in the order of a rolling restart. */
export const services: readonly string[] = [
  "gateway",
  "iam",
  "order",
  "payment",
  "inventory",
  "assembly",
  "notification",
];

/** A service is killed at a place in its code, at a hit from the first to `mostHits` that the seed draws. */
export const killedAt =
  (service: string, failpoint: string, mostHits = 8): Strike =>
  async ({ system, seed }) => {
    const armed = arm(system.stack, service, `${failpoint}:kill:${createRandom(seed).int(1, mostHits)}`);
    try {
      await armed.untilStruck();
      return armed.struck();
    } finally {
      await armed.disarm();
    }
  };

/** A service is killed at the first hit of a place in its code, in `rounds` lives one after another. */
export const killedAgainAt =
  (service: string, failpoint: string, rounds: number): Strike =>
  async ({ system }) => {
    let times = 0;
    for (let round = 0; round < rounds; round++) {
      const armed = arm(system.stack, service, `${failpoint}:kill:1`);
      try {
        await armed.untilStruck();
        times += armed.struck();
      } catch (error) {
        await armed.disarm();
        throw error;
      }
    }
    await system.stack.restart(service, { FP: "" });
    return times;
  };

/** A service is killed from outside while people are at work. */
export const killed =
  (service: string): Strike =>
  async ({ system, workload }) => {
    await underWay(workload);
    return killService(system.stack, service);
  };

/** Every service in turn is ended in order and started again. */
export const rolled: Strike = ({ system }) => rollingRestart(system.stack, services);

/** PostgreSQL restarts; every service comes back by itself. */
export const postgresRestarted =
  (how: PostgresEnd): Strike =>
  async ({ system, workload }) => {
    await underWay(workload);
    const struck = await restartPostgres(postgresOf(system), how);
    await Promise.all(services.map((service) => system.stack.ready(service)));
    return struck;
  };

/** Every connection to PostgreSQL is ended, five times, two seconds apart. */
export const connectionsEnded: Strike = ({ system }) => terminateBackends(postgresOf(system), 5);

/**
 * The Kafka that the system started is killed and stays away.
 * @param meanwhile looks at the system at the end of that time
 */
export const kafkaAway =
  (awayMs: number, meanwhile: (striking: Striking) => Promise<void> = async () => undefined): Strike =>
  async (striking) => {
    const { kafka } = striking.system;
    if (kafka === undefined) return 0;
    await underWay(striking.workload);
    await kafka.kill(1);
    await delay(awayMs);
    await meanwhile(striking);
    await kafka.start(1);
    return 1;
  };

/** Every event comes three times. */
export const tripled: Strike = async ({ system, workload }) => {
  const duplicator = createDuplicator(system.broker, eventTopics, 2);
  let over = false;
  const end = workload.done.finally(() => {
    over = true;
  });
  let sent = 0;
  while (!over) sent += await duplicator.pass();
  await end;
  return sent + (await duplicator.pass());
};

const underWay = (workload: Striking["workload"]) => eventually(() => workload.told() >= 5);

function postgresOf({ stack }: Striking["system"]): KeptPostgres {
  if (stack.postgres === undefined) throw new Error("the system has no PostgreSQL of its own");
  return stack.postgres;
}
