import { connectMongo } from "@gantry/mongo";
import { silentLogger } from "@gantry/telemetry";
import { describe, expect, test } from "vitest";
import { MongoPartsCatalog } from "../src/parts-catalog.mongo.ts";
import { mongoUrl } from "./config.ts";
import { aMongo } from "./fixture.ts";
import { partsCatalogContract } from "./parts-catalog.contract.ts";

describe.skipIf(mongoUrl === undefined)("with a MongoDB", () => {
  partsCatalogContract("MongoDB", async () => new MongoPartsCatalog(aMongo(mongoUrl ?? "")));
});

test("MongoDB that nobody answers at is unavailable", async () => {
  const mongo = connectMongo({
    url: "mongodb://127.0.0.1:1/",
    database: "none",
    applicationName: "test",
    logger: silentLogger,
    selectionTimeoutMs: 100,
  });
  await expect(new MongoPartsCatalog(mongo).find(crypto.randomUUID())).rejects.toMatchObject({ kind: "unavailable" });
  await mongo.close();
});
