import { afterEach, expect, test } from "vitest";
import { type Liveness, watchEventLoop } from "./liveness.ts";

let watched: Liveness | undefined;
afterEach(() => watched?.stop());

const block = (ms: number): void => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);

test("a loop that turns is alive", async () => {
  watched = watchEventLoop(50);
  await new Promise(setImmediate);
  expect(watched.alive()).toBe(true);
});

test("a loop that stood still is not", () => {
  watched = watchEventLoop(50);
  block(600);
  expect(watched.alive()).toBe(false);
});

test("is forgiven when it has turned for a while", () => {
  let nowMs = 0;
  watched = watchEventLoop(50, () => nowMs);
  nowMs = 600;
  expect(watched.alive()).toBe(false);
  for (let beat = 0; beat < 31; beat += 1) {
    nowMs += 500;
    watched.alive();
  }
  expect(watched.alive()).toBe(true);
});
