import { describe, expect, test } from "vitest";
import { HashingGate } from "./hashing-gate.ts";

const never = new AbortController().signal;
const rateLimited = expect.objectContaining({ kind: "rate_limited", reason: "RATE_LIMITED", retryAfterSec: 1 });

/** Work that ends when it is told to, and knows how much of it runs. */
function work() {
  const begun: PromiseWithResolvers<void>[] = [];
  const run = (): Promise<void> => {
    const one = Promise.withResolvers<void>();
    begun.push(one);
    return one.promise;
  };
  return { begun, run };
}

/** Lets everything happen that nothing stands in the way of. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("a hashing gate", () => {
  test("lets so many work at once, so many wait in their order, and refuses the rest", async () => {
    const gate = new HashingGate({ concurrency: 2, queue: 2 });
    const { begun, run } = work();
    const order: number[] = [];
    const callers = [0, 1, 2, 3].map((n) => gate.run(never, run).then(() => order.push(n)));
    await settle();
    expect(begun).toHaveLength(2);
    await expect(gate.run(never, run)).rejects.toEqual(rateLimited);
    for (const n of [1, 0, 2, 3]) {
      begun[n]?.resolve();
      await settle();
    }
    await Promise.all(callers);
    expect(begun).toHaveLength(4);
    expect(order).toEqual([1, 0, 2, 3]);
  });

  test("has room again after everyone has left, failures included", async () => {
    const gate = new HashingGate({ concurrency: 1, queue: 0 });
    const { begun, run } = work();
    for (let n = 0; n < 3; n++) {
      const caller = gate.run(never, run);
      await settle();
      await expect(gate.run(never, run)).rejects.toEqual(rateLimited);
      begun[n]?.reject(new Error("no memory"));
      await expect(caller).rejects.toThrow("no memory");
    }
  });

  test("forgets whoever gives up while waiting, and never begins their work", async () => {
    const gate = new HashingGate({ concurrency: 1, queue: 1 });
    const { begun, run } = work();
    const first = gate.run(never, run);
    const impatient = new AbortController();
    const second = gate.run(impatient.signal, run);
    impatient.abort(new Error("gave up"));
    await expect(second).rejects.toThrow("gave up");
    const third = gate.run(never, run);
    begun[0]?.resolve();
    await first;
    await settle();
    begun[1]?.resolve();
    await third;
    expect(begun).toHaveLength(2);
    await expect(gate.run(impatient.signal, run)).rejects.toThrow("gave up");
    expect(begun).toHaveLength(2);
  });

  test("does not stop work that has begun", async () => {
    const gate = new HashingGate({ concurrency: 1, queue: 0 });
    const { begun, run } = work();
    const impatient = new AbortController();
    const caller = gate.run(impatient.signal, run);
    await settle();
    impatient.abort();
    begun[0]?.resolve();
    await caller;
  });
});
