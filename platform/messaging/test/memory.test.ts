import { expect, test } from "vitest";
import { describeBroker } from "../src/conformance/index.ts";
import { createMemoryBroker } from "../src/index.ts";

describeBroker("memory", async () => ({
  createBroker: () => createMemoryBroker(),
  processes: undefined,
  takeOverWithinMs: 10_000,
  withinMs: 10_000,
  async [Symbol.asyncDispose]() {},
}));

test("a topic comes into being when it is used, if so wished", async () => {
  const broker = createMemoryBroker({ partitions: 2 });
  const message = { topic: "a", key: "k", headers: {}, value: new Uint8Array() };
  expect(await broker.send([message])).toEqual([{ acked: true }]);
  expect(await broker.admin.ranges("a")).toHaveLength(2);
});
