import { randomUUID } from "node:crypto";
import { silentLogger } from "@gantry/telemetry";
import { afterAll, describe, expect, test } from "vitest";
import { connectMongo, type Mongo, translateMongoError } from "../src/index.ts";
import { mongoUrl } from "./config.ts";

interface Entry {
  readonly _id: string;
  readonly price: bigint;
  readonly note?: string | undefined;
}

function aMongo(url = mongoUrl ?? "", selectionTimeoutMs = 300): Mongo {
  const database = `test_${randomUUID().replaceAll("-", "")}`;
  const mongo = connectMongo({ url, database, applicationName: "test", logger: silentLogger, selectionTimeoutMs });
  afterAll(async () => {
    if (url === mongoUrl) await mongo.db.dropDatabase();
    await mongo.close();
  });
  return mongo;
}

describe.skipIf(mongoUrl === undefined)("a connected MongoDB", () => {
  test("answers a check", async () => {
    await aMongo().check();
  });

  test("keeps int64 exactly and stores nothing for undefined", async () => {
    const entries = aMongo().db.collection<Entry>("entry");
    await entries.insertOne({ _id: "a", price: 9007199254740993n, note: undefined });
    expect(await entries.findOne({ _id: "a" })).toStrictEqual({ _id: "a", price: 9007199254740993n });
  });

  test("calls a second document of the same id already_exists", async () => {
    const entries = aMongo().db.collection<Entry>("entry");
    await entries.insertOne({ _id: "a", price: 1n });
    const error = await entries.insertOne({ _id: "a", price: 2n }).catch(translateMongoError);
    expect(error).toMatchObject({ kind: "already_exists", meta: { code: 11000 } });
  });
});

describe("a client", () => {
  test("is durable by its own settings, whatever the URL says", () => {
    const { db } = aMongo("mongodb://127.0.0.1:1/?w=0&journal=false&retryWrites=false&readConcernLevel=local");
    expect(db.writeConcern).toMatchObject({ w: "majority", journal: true });
    expect(db.readConcern).toMatchObject({ level: "majority" });
  });

  test("says unavailable when no server answers", async () => {
    await expect(aMongo("mongodb://127.0.0.1:1/").check()).rejects.toMatchObject({ kind: "unavailable" });
  });

  test("waits a second for a check, however long an operation may wait for a server", async () => {
    const mongo = aMongo("mongodb://127.0.0.1:1/", 60_000);
    const start = performance.now();
    await expect(mongo.check()).rejects.toMatchObject({ kind: "timeout" });
    expect(performance.now() - start).toBeLessThan(3000);
  });

  test("says unavailable after close, which may come twice", async () => {
    const mongo = aMongo("mongodb://127.0.0.1:1/");
    await mongo.close();
    await mongo.close();
    await expect(mongo.check()).rejects.toMatchObject({ kind: "unavailable" });
  });
});
