import { silentLogger } from "@gantry/telemetry";
import { describe, expect, test } from "vitest";
import type { Component } from "./component.ts";
import { createLifecycle, type Lifecycle } from "./lifecycle.ts";

const setUp = (
  faults: Readonly<Record<string, Partial<Component>>> = {},
): { events: string[]; lifecycle: Lifecycle } => {
  const events: string[] = [];
  const components = ["database", "worker", "server"].map(
    (name): Component => ({
      name,
      start: async () => void events.push(`${name} starts`),
      stop: async () => void events.push(`${name} stops`),
      ...faults[name],
    }),
  );
  return { events, lifecycle: createLifecycle({ components, logger: silentLogger, stopTimeoutMs: 50 }) };
};

const started = ["database starts", "worker starts", "server starts"];
const stopped = ["server stops", "worker stops", "database stops"];
const never = () => new Promise<void>(() => {});

test("starts one after the other and stops in reverse", async () => {
  const { events, lifecycle } = setUp();
  expect(lifecycle.phase).toBe("starting");
  await lifecycle.start();
  expect(lifecycle.phase).toBe("ready");
  expect(await lifecycle.stop()).toBe(true);
  expect(lifecycle.phase).toBe("stopped");
  expect(events).toEqual([...started, ...stopped]);
});

test("waits for each part before it starts the next", async () => {
  const slow = Promise.withResolvers<void>();
  const { events, lifecycle } = setUp({ worker: { start: () => slow.promise } });
  const starting = lifecycle.start();
  await new Promise(setImmediate);
  expect(events).toEqual(["database starts"]);
  slow.resolve();
  await starting;
  expect(events).toEqual(["database starts", "server starts"]);
});

test("stops once, however often it is asked", async () => {
  const { events, lifecycle } = setUp();
  await lifecycle.start();
  await Promise.all([lifecycle.stop(), lifecycle.stop()]);
  await lifecycle.stop();
  expect(events).toEqual([...started, ...stopped]);
});

test("needs neither start nor stop of a part", async () => {
  const lifecycle = createLifecycle({ components: [{ name: "plain" }], logger: silentLogger });
  await lifecycle.start();
  expect(await lifecycle.stop()).toBe(true);
});

test.each([
  ["rejects", { start: () => Promise.reject(new Error("no")) }],
  [
    "throws",
    {
      start: () => {
        throw new Error("no");
      },
    },
  ],
])("a start that %s stops what had started, the failed part too", async (_how, worker) => {
  const { events, lifecycle } = setUp({ worker });
  await expect(lifecycle.start()).rejects.toThrow("no");
  expect(events).toEqual(["database starts", "worker stops", "database stops"]);
  expect(lifecycle.phase).toBe("stopped");
});

describe("stopping while it starts", () => {
  test("lets the part that is starting get there, starts no more and stops what there is", async () => {
    const slow = Promise.withResolvers<void>();
    const { events, lifecycle } = setUp({
      worker: {
        async start() {
          await slow.promise;
          events.push("worker starts");
        },
      },
    });
    const starting = lifecycle.start();
    await new Promise(setImmediate);
    const stopping = lifecycle.stop();
    await new Promise(setImmediate);
    slow.resolve();
    await expect(starting).rejects.toMatchObject({ kind: "cancelled", reason: "STOPPED" });
    expect(await stopping).toBe(true);
    expect(events).toEqual(["database starts", "worker starts", "worker stops", "database stops"]);
  });

  test("does not wait for ever for a part that never gets there", async () => {
    const { events, lifecycle } = setUp({ database: { start: never } });
    void lifecycle.start().catch(() => undefined);
    expect(await lifecycle.stop()).toBe(true);
    expect(events).toEqual(["database stops"]);
  });

  test("is not ready for a moment, even when the last part has just started", async () => {
    const slow = Promise.withResolvers<void>();
    const { lifecycle } = setUp({ server: { start: () => slow.promise } });
    const starting = lifecycle.start();
    await new Promise(setImmediate);
    const stopping = lifecycle.stop();
    slow.resolve();
    await expect(starting).rejects.toMatchObject({ reason: "STOPPED" });
    expect(lifecycle.phase).not.toBe("ready");
    await stopping;
  });
});

test.each([
  ["rejects", { stop: () => Promise.reject(new Error("no")) }],
  [
    "throws",
    {
      stop: () => {
        throw new Error("no");
      },
    },
  ],
  ["hangs", { stop: never }],
])("a stop that %s is told, and the others stop all the same", async (_how, worker) => {
  const { events, lifecycle } = setUp({ worker });
  await lifecycle.start();
  expect(await lifecycle.stop()).toBe(false);
  expect(events).toEqual([...started, "server stops", "database stops"]);
});

test("refuses two parts of one name", () => {
  const components = [{ name: "http" }, { name: "http" }];
  expect(() => createLifecycle({ components, logger: silentLogger })).toThrow(
    expect.objectContaining({ reason: "COMPONENT_REPEATED" }),
  );
});
