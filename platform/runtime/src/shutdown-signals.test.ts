import { expect, test } from "vitest";
import { shutdownSignals } from "./shutdown-signals.ts";

const setUp = () => {
  const told: unknown[] = [];
  const clock = { ms: 0 };
  const hear = shutdownSignals(
    (signal) => told.push(signal),
    (code) => told.push(code),
    () => clock.ms,
  );
  return { told, clock, hear };
};

test.each([
  ["SIGTERM", 143],
  ["SIGINT", 130],
] as const)("a second %s means at once, however soon", (signal, code) => {
  const { told, hear } = setUp();
  hear(signal);
  hear(signal);
  expect(told).toEqual([signal, code]);
});

test("a signal of the other kind at the same moment is the same wish", () => {
  const { told, clock, hear } = setUp();
  hear("SIGINT");
  clock.ms = 999;
  hear("SIGTERM");
  expect(told).toEqual(["SIGINT"]);
});

test("a signal of the other kind later means at once", () => {
  const { told, clock, hear } = setUp();
  hear("SIGINT");
  clock.ms = 1000;
  hear("SIGTERM");
  expect(told).toEqual(["SIGINT", 143]);
});
