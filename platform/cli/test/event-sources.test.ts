import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { tempDir } from "@gantry/testing";
import { expect, onTestFinished, test } from "vitest";
import { findSources } from "../src/events/sources.ts";

const pidFile = ["4711", "/data", "1700000000", "54321", "", "127.0.0.1", "0", "ready"].join("\n");

async function aClone({ running }: { readonly running: boolean }) {
  const home = await tempDir();
  onTestFinished(() => home.remove());
  const data = join(home.path, ".gantry", "postgres");
  await mkdir(data, { recursive: true });
  await writeFile(join(data, "gantry-password"), "secret");
  if (running) await writeFile(join(data, "postmaster.pid"), pidFile);
  return { root: home.path, services: ["order", "dead-drop"] };
}

test("finds the databases of the system that npm start runs", async () => {
  const { databases, eventLogUrl, kafkaBrokers } = await findSources(await aClone({ running: true }), {});
  expect(Object.fromEntries(databases)).toEqual({
    order: "postgres://postgres:secret@127.0.0.1:54321/order",
    "dead-drop": "postgres://postgres:secret@127.0.0.1:54321/dead-drop",
  });
  expect(eventLogUrl).toBe("postgres://postgres:secret@127.0.0.1:54321/events");
  expect(kafkaBrokers).toBeUndefined();
});

test("believes the environment first", async () => {
  const sources = await findSources(await aClone({ running: true }), {
    DEAD_DROP_POSTGRES_URL: "postgres://elsewhere/drop",
    KAFKA_BROKERS: "kafka-1:9092, kafka-2:9092",
    ORDER_POSTGRES_URL: "",
  });
  expect(sources.databases.get("dead-drop")).toBe("postgres://elsewhere/drop");
  expect(sources.databases.get("order")).toContain("127.0.0.1:54321");
  expect(sources.kafkaBrokers).toEqual(["kafka-1:9092", "kafka-2:9092"]);
  expect(sources.eventLogUrl).toBeUndefined();
});

test("knows nothing where nothing runs and nothing is set", async () => {
  const sources = await findSources(await aClone({ running: false }), {});
  expect([sources.databases.size, sources.eventLogUrl, sources.kafkaBrokers]).toEqual([0, undefined, undefined]);
});
