import { afterEach, expect, test, vi } from "vitest";
import { eventEnvironment, needsEventLog } from "./events.ts";
import { topology } from "./topology.ts";

afterEach(() => vi.unstubAllEnvs());

const log = { events: "postgres://embedded/events" };
const silent = topology.filter(({ events }) => !events);

test("events travel through the embedded log unless something else is named", () => {
  expect(needsEventLog(topology)).toBe(true);
  expect(eventEnvironment(topology, {}, log)).toEqual({ EVENTS_POSTGRES_URL: log.events });
});

test.each([
  { KAFKA_BROKERS: "127.0.0.1:9092", KAFKA_GROUP_PROTOCOL: "classic" },
  { EVENTS_POSTGRES_URL: "postgres://mine/events" },
])("%o is used in place of it, from the options or the machine's environment", (env) => {
  expect(needsEventLog(topology, env)).toBe(false);
  expect(eventEnvironment(topology, env, {})).toEqual(env);
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
  expect(needsEventLog(topology)).toBe(false);
  expect(eventEnvironment(topology, undefined, {})).toEqual(env);
});

test("services without events need none of it", () => {
  vi.stubEnv("KAFKA_BROKERS", "127.0.0.1:9092");
  expect(needsEventLog(silent)).toBe(false);
  expect(eventEnvironment(silent, {}, {})).toEqual({});
});
