/** The program of a member in a process of its own: joins, reports, and does what it is told. Started by child-member.ts. */
import { createInterface } from "node:readline";
import type { Batch } from "../port/broker.ts";
import type { ChildArguments, ChildReport } from "./child-protocol.ts";
import type { CreateChildBroker } from "./harness.ts";

const MAX_TEXT = 40;

/** Both come from the suite in the parent process. */
const orders: ChildArguments = JSON.parse(process.argv[2] ?? "{}");
const { createChildBroker }: { createChildBroker: CreateChildBroker } = await import(orders.module);

const report = (line: ChildReport): void => {
  process.stdout.write(`${JSON.stringify(line)}\n`);
};
const released = Promise.withResolvers<void>();
const { hold = "none" } = orders;
const holds = (partition: number): boolean => hold === "all" || (hold !== "none" && hold.includes(partition));

async function onBatch({ partition, messages }: Batch): Promise<void> {
  const texts = messages.map(({ value }) => Buffer.from(value.subarray(0, MAX_TEXT)).toString());
  report({ type: "batch", partition, texts, rssBytes: process.memoryUsage().rss });
  if (holds(partition)) await released.promise;
  report({ type: "done", partition });
}

const broker = createChildBroker(orders.options);
await broker.start();
const rssBytes = process.memoryUsage().rss;
const consumption = await broker.consume({
  group: orders.group,
  topics: orders.topics,
  onBatch,
  onAssignment: (partitions) =>
    report({ type: "assigned", partitions: partitions.map(({ topic, partition }) => `${topic}/${partition}`) }),
});
report({ type: "joined", rssBytes });

for await (const command of createInterface({ input: process.stdin })) {
  released.resolve();
  if (command === "stop") break;
}
released.resolve();
await consumption.stop();
await broker.stop();
process.exit(0);
