import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdir } from "node:fs/promises";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { SendOutcome } from "@gantry/kernel";
import { createBroker, type InboundMessage, type OutboundMessage } from "@gantry/messaging";
import { silentLogger } from "@gantry/telemetry";
import { eventually, isPortFree, tempDir } from "@gantry/testing";
import { describe, expect, test } from "vitest";
import { startKafka } from "../src/index.ts";
import { infraTests } from "./config.ts";

const TOPIC = "kept.v1";
const TEST_MS = 300_000;

/** A started client with the topic in place. */
async function connect(brokers: string) {
  const broker = createBroker({ kafkaBrokers: brokers.split(","), clientId: "test", topics: [], logger: silentLogger });
  await broker.start();
  await broker.admin.createTopics([{ name: TOPIC, partitions: 12 }]);
  return { broker, [Symbol.asyncDispose]: () => broker.stop() };
}
type Client = Awaited<ReturnType<typeof connect>>;

const KEYS = 24;
/** One message for each key, numbered by round: the order of a key can be read off it. */
const round = (number: number): OutboundMessage[] =>
  Array.from({ length: KEYS }, (_, key) => ({
    topic: TOPIC,
    key: `k${key}`,
    headers: {},
    value: Buffer.from(String(number)),
  }));

/**
 * Sends round after round as the relay does: a round that is not acknowledged whole is sent again, with nothing behind it.
 * `stop` resolves to the number of rounds that were acknowledged, and the longest wait for one.
 */
function keepSending({ broker }: Client) {
  let stopped = false;
  const run = async () => {
    let rounds = 0;
    let longestMs = 0;
    for (; !stopped; rounds++) {
      const since = performance.now();
      while (!allAcked(await broker.send(round(rounds)))) {}
      longestMs = Math.max(longestMs, performance.now() - since);
    }
    return { rounds, longestMs };
  };
  const running = run();
  return {
    stop() {
      stopped = true;
      return running;
    },
  };
}

const allAcked = (outcomes: readonly SendOutcome[]) => outcomes.every(({ acked }) => acked);

/** Reads as a group, and keeps the rounds of each key in the order of their first arrival. */
async function keepReading({ broker }: Client) {
  const rounds = new Map<string, Set<number>>();
  const take = ({ key = "", value }: InboundMessage) => {
    const of = rounds.get(key) ?? new Set();
    rounds.set(key, of.add(Number(Buffer.from(value).toString())));
  };
  await broker.consume({ group: "reader", topics: [TOPIC], onBatch: async ({ messages }) => messages.forEach(take) });
  return rounds;
}

const upTo = (count: number) => Array.from({ length: count }, (_, number) => number);

async function expectAll(rounds: ReadonlyMap<string, ReadonlySet<number>>, count: number): Promise<void> {
  const complete = () => rounds.size === KEYS && [...rounds.values()].every((of) => of.size >= count);
  await eventually(complete, { withinMs: 120_000 });
  for (const of of rounds.values()) expect([...of].slice(0, count)).toEqual(upTo(count));
}

describe.runIf(infraTests)("Kafka", () => {
  test("keeps what it acknowledged over the kill -9 of its only broker", { timeout: TEST_MS }, async () => {
    await using kafka = await startKafka();
    await using client = await connect(kafka.brokers);
    const rounds = await keepReading(client);
    const sending = keepSending(client);
    await eventually(() => rounds.size === KEYS);
    await kafka.kill(1);
    await kafka.start(1);
    const before = rounds.get("k0")?.size ?? 0;
    await eventually(() => (rounds.get("k0")?.size ?? 0) > before + 10, { withinMs: 120_000 });
    const sent = await sending.stop();
    await expectAll(rounds, sent.rounds);
  });

  test("of three brokers one may be killed under load: nothing is lost, keys stay in order", {
    timeout: TEST_MS,
  }, async () => {
    await using kafka = await startKafka({ brokers: 3 });
    await using client = await connect(kafka.brokers);
    const rounds = await keepReading(client);
    const sending = keepSending(client);
    await eventually(() => rounds.size === KEYS);
    await kafka.kill(2);
    const before = rounds.get("k0")?.size ?? 0;
    // It goes on without the one that is gone.
    await eventually(() => [...rounds.values()].every((of) => of.size > before + 10), { withinMs: 120_000 });
    await kafka.start(2);
    const sent = await sending.stop();
    await expectAll(rounds, sent.rounds);
  });

  test("a client may be there before its broker", { timeout: TEST_MS }, async () => {
    await using home = await tempDir();
    await using first = await startKafka({ directory: home.path });
    await (await connect(first.brokers))[Symbol.asyncDispose]();
    await first.stop();

    const broker = createBroker({
      kafkaBrokers: first.brokers.split(","),
      clientId: "early",
      topics: [{ name: TOPIC, partitions: 12 }],
      logger: silentLogger,
    });
    await broker.start();
    expect(allAcked(await broker.send(round(0)))).toBe(false);
    await using second = await startKafka({ directory: home.path });
    expect(second.brokers).toBe(first.brokers);
    await eventually(async () => allAcked(await broker.send(round(1))), { withinMs: 120_000 });
    await broker.stop();
  });

  test("ends with the process that started it, kill -9 included", { timeout: TEST_MS }, async () => {
    await using home = await tempDir();
    const main = fileURLToPath(new URL("../src/main.ts", import.meta.url));
    const program = [process.execPath, "--conditions=@gantry/source", main];
    const command = ["kafka", "--", "sh", "-c", "echo $KAFKA_BROKERS; exec cat"];
    const starter = spawn("env", [`TMPDIR=${home.path}`, ...program, ...command], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    const [brokers = ""] = await once(createInterface({ input: starter.stdout }), "line");
    const port = Number(String(brokers).split(":")[1]);
    expect(await isPortFree(port)).toBe(false);
    expect(await readdir(home.path)).not.toEqual([]);
    starter.kill("SIGKILL");
    await eventually(async () => expect(await isPortFree(port)).toBe(true));
    await eventually(async () => expect(await readdir(home.path)).toEqual([]));
  });
});
