import { silentLogger } from "@gantry/telemetry";
import { expect, test } from "vitest";
import { createWorker, type Round } from "./worker.ts";

const HOUR = 3_600_000;

/** A worker whose rounds are counted and can be waited for. */
function counted(result: (round: number) => Round | Promise<Round>, intervalMs = HOUR) {
  let rounds = 0;
  const waiting = new Map<number, () => void>();
  const worker = createWorker({
    name: "counted",
    intervalMs,
    logger: silentLogger,
    run: async () => {
      rounds += 1;
      waiting.get(rounds)?.();
      return result(rounds);
    },
  });
  const reached = (n: number): Promise<void> =>
    rounds >= n ? Promise.resolve() : new Promise((resolve) => waiting.set(n, resolve));
  return { worker, reached, rounds: () => rounds };
}

test("works at once and then waits for its interval", async () => {
  const { worker, reached, rounds } = counted(() => ({}));
  await worker.start();
  await reached(1);
  await worker.stop();
  expect(rounds()).toBe(1);
});

test("goes on without waiting while there is more", async () => {
  const { worker, reached } = counted((round) => ({ more: round < 5 }));
  await worker.start();
  await reached(5);
  await worker.stop();
});

test("begins the next round when something is due", async () => {
  const { worker, reached } = counted(() => ({ dueInMs: 1 }));
  await worker.start();
  await reached(3);
  await worker.stop();
});

test("a wake cuts the wait short", async () => {
  const { worker, reached } = counted(() => ({}));
  await worker.start();
  await reached(1);
  worker.wake();
  await reached(2);
  await worker.stop();
});

test("a wake during a round is not lost", async () => {
  const { worker, reached } = counted((round) => {
    if (round === 1) worker.wake();
    return {};
  });
  await worker.start();
  await reached(2);
  await worker.stop();
});

test("outlives a round that throws", async () => {
  const { worker, reached } = counted((round) => {
    if (round < 3) throw new Error("broken");
    return {};
  }, 1);
  await worker.start();
  await reached(3);
  await worker.stop();
});

test("stopping waits for the round under way and is the end", async () => {
  let finish = (): void => undefined;
  const { worker, reached, rounds } = counted(
    () =>
      new Promise<Round>((resolve) => {
        finish = () => resolve({ more: true });
      }),
  );
  await worker.start();
  await reached(1);
  let stopped = false;
  const stop = worker.stop().then(() => {
    stopped = true;
  });
  expect(stopped).toBe(false);
  finish();
  await stop;
  expect(rounds()).toBe(1);
});
