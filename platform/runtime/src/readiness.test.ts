import { AppError } from "@gantry/kernel";
import { createLogger, silentLogger } from "@gantry/telemetry";
import { expect, test } from "vitest";
import type { Component } from "./component.ts";
import { createReadiness } from "./readiness.ts";

const failing = (error: unknown): Component => ({ name: "db", check: () => Promise.reject(error) });

test("says what each part says, and nothing of parts that have nothing to say", async () => {
  const parts: Component[] = [{ name: "db", check: async () => {} }, { name: "plain" }];
  expect(await createReadiness(parts, silentLogger)()).toEqual({ db: "ok" });
});

test.each([
  [new AppError({ kind: "unavailable", reason: "DB_DOWN", message: "Down." }), "DB_DOWN"],
  [new Error("connect ECONNREFUSED 10.0.0.7:5432 user=order password=c4n4ry"), "FAILED"],
  ["c4n4ry", "FAILED"],
])("tells a failure by its reason alone", async (error, reason) => {
  expect(await createReadiness([failing(error)], silentLogger)()).toEqual({ db: reason });
});

test("takes a check that throws instead of rejecting for a failure", async () => {
  const part: Component = {
    name: "db",
    check: () => {
      throw new Error("no");
    },
  };
  expect(await createReadiness([part], silentLogger)()).toEqual({ db: "FAILED" });
});

test("asks once for all who ask at the same time, and again after a second", async () => {
  let asked = 0;
  const check = async (): Promise<void> => {
    asked += 1;
  };
  const part: Component = { name: "db", check };
  let nowMs = 0;
  const checks = createReadiness([part], silentLogger, () => nowMs);
  await Promise.all([checks(), checks(), checks()]);
  nowMs = 999;
  await checks();
  expect(asked).toBe(1);
  nowMs = 1000;
  await checks();
  expect(asked).toBe(2);
});

test("gives up on a check after a second, while the others answer", async () => {
  const parts: Component[] = [
    { name: "stuck", check: () => new Promise(() => {}) },
    { name: "db", check: async () => {} },
  ];
  const started = performance.now();
  expect(await createReadiness(parts, silentLogger)()).toEqual({ stuck: "DEADLINE_EXCEEDED", db: "ok" });
  expect(performance.now() - started).toBeLessThan(2000);
});

test("logs a failure when it begins and when it ends", async () => {
  const lines: { level: string; message: string; error?: { message: string } }[] = [];
  const logger = createLogger({ service: "test", destination: { write: (line) => void lines.push(JSON.parse(line)) } });
  let broken = true;
  let nowMs = 0;
  const part: Component = { name: "db", check: () => (broken ? Promise.reject(new Error("down")) : Promise.resolve()) };
  const checks = createReadiness([part], logger, () => nowMs);
  for (const state of [true, true, false, false]) {
    broken = state;
    nowMs += 1000;
    await checks();
  }
  expect(lines).toMatchObject([
    { level: "warn", message: "component is not ready", error: { message: "down" } },
    { level: "info", message: "component is ready again" },
  ]);
});
