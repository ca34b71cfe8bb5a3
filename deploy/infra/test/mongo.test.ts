import { eventually, processStart, tempDir } from "@gantry/testing";
import { MongoClient } from "mongodb";
import { expect, test } from "vitest";
import { startMongo } from "../src/index.ts";
import { infraTests } from "./config.ts";

test.runIf(infraTests)("a server answers, keeps its data over a restart, and is gone when stopped", async () => {
  await using home = await tempDir();
  const first = await startMongo({ directory: home.path });
  await withClient(first.url, (client) => client.db("shop").collection("parts").insertOne({ name: "bolt" }));
  await first.stop();
  await eventually(() => expect(processStart(first.pid)).toBeUndefined());

  await using second = await startMongo({ directory: home.path });
  const count = await withClient(second.url, (client) => client.db("shop").collection("parts").countDocuments());
  expect(count).toBe(1);
});

async function withClient<T>(url: string, use: (client: MongoClient) => Promise<T>): Promise<T> {
  const client = new MongoClient(url);
  try {
    return await use(client);
  } finally {
    await client.close();
  }
}
