import type { MessageInitShape } from "@bufbuild/protobuf";
import { createClient } from "@connectrpc/connect";
import { rpcPolicies } from "@gantry/gen/policy/policy";
import {
  InventoryService,
  type ListPartsRequestSchema,
} from "@gantry/gen/proto/gantry/inventory/v1/inventory_service_pb";
import { Category, type Part } from "@gantry/gen/proto/gantry/inventory/v1/part_pb";
import { uuidv7 } from "@gantry/kernel";
import { createRpcTransport, type IdentitySource } from "@gantry/rpc";
import { silentLogger } from "@gantry/telemetry";
import { testDatabase } from "@gantry/testing";
import { afterAll, describe, expect, test } from "vitest";
import { seedParts } from "../src/seed.ts";
import { mongoUrl } from "./config.ts";
import { aMongo, aMongoName, aService, type RunningService } from "./fixture.ts";

const seed = (await seedParts()).toSorted((a, b) => (a.partUuid < b.partUuid ? -1 : 1));

describe("inventory on PostgreSQL", async () => {
  inventoryBehaviour(await aService({ INVENTORY_POSTGRES_URL: (await testDatabase()).url }));
});

describe.skipIf(mongoUrl === undefined)("inventory on MongoDB", async () => {
  if (mongoUrl === undefined) return;
  const database = aMongoName();
  aMongo(mongoUrl, database);
  inventoryBehaviour(await aService({ MONGO_URL: mongoUrl, INVENTORY_MONGO_DATABASE: database }));
});

test("three replicas that start at once seed one catalogue", async () => {
  const { url } = await testDatabase();
  const replicas = await Promise.all([1, 2, 3].map(() => aService({ INVENTORY_POSTGRES_URL: url })));
  for (const replica of replicas) {
    const { parts } = await clientOf(replica).listParts({ page: { pageSize: 100 } });
    expect(parts).toEqual(seed);
  }
});

test("a catalogue begins empty when it is told not to seed", async () => {
  const service = await aService({ INVENTORY_POSTGRES_URL: (await testDatabase()).url, INVENTORY_SEED: "false" });
  expect((await clientOf(service).listParts({})).parts).toEqual([]);
});

function clientOf(service: RunningService, caller: IdentitySource = () => service.identity.user()) {
  const transport = createRpcTransport({
    baseUrl: service.url,
    policies: rpcPolicies,
    identity: caller,
    logger: silentLogger,
  });
  afterAll(() => transport.close());
  return createClient(InventoryService, transport);
}

function inventoryBehaviour(service: RunningService): void {
  const client = clientOf(service);
  const [part] = seed;
  if (part === undefined) throw new Error("there is no seed");

  test("gives a part with every fact, whatever the case of its id", async () => {
    expect((await client.getPart({ partUuid: part.partUuid })).part).toEqual(part);
    expect((await client.getPart({ partUuid: part.partUuid.toUpperCase() })).part).toEqual(part);
  });

  test("gives the free stock of a part", async () => {
    expect(await client.getStock({ partUuid: part.partUuid })).toMatchObject({ free: part.stock });
  });

  test("does not find a part that is not there", async () => {
    const partUuid = uuidv7();
    for (const call of [client.getPart, client.getStock])
      await expect(call({ partUuid })).rejects.toMatchObject({
        kind: "not_found",
        reason: "PART_NOT_FOUND",
        details: { part_uuid: partUuid },
      });
  });

  test("lists 20 parts unless asked for more or less, and all of them page by page", async () => {
    expect((await client.listParts({})).parts).toEqual(seed.slice(0, 20));
    const all: Part[] = [];
    let pageToken = "";
    do {
      const { parts, page } = await client.listParts({ page: { pageSize: 7, pageToken } });
      all.push(...parts);
      pageToken = page?.nextPageToken ?? "";
    } while (pageToken !== "");
    expect(all).toEqual(seed);
  });

  test("ends with a page that says so, also when the last page is full", async () => {
    const { parts, page } = await client.listParts({ page: { pageSize: seed.length } });
    expect(parts).toHaveLength(seed.length);
    expect(page?.nextPageToken).toBe("");
  });

  test("filters: any value of a field, every field", async () => {
    const filter = { categories: [Category.ENGINE, Category.WING], tags: ["booster"], manufacturerCountries: ["US"] };
    const { parts } = await client.listParts({ filter, page: { pageSize: 100 } });
    const expected = seed.filter(
      ({ category, tags, manufacturer }) =>
        filter.categories.some((wanted) => wanted === category) &&
        tags.includes("booster") &&
        manufacturer?.country === "US",
    );
    expect(parts).toEqual(expected);
    expect(parts.length).toBeGreaterThan(1);
  });

  test("filters by 100 ids in any case in one page", async () => {
    const known = seed.slice(0, 40).map(({ partUuid }) => partUuid.toUpperCase());
    const partUuids = [...known, ...Array.from({ length: 60 }, uuidv7)];
    const { parts, page } = await client.listParts({ filter: { partUuids }, page: { pageSize: 100 } });
    expect(parts).toEqual(seed.slice(0, 40));
    expect(page?.nextPageToken).toBe("");
  });

  test.each([
    ["nonsense"],
    [Buffer.from('["no-uuid"]').toString("base64url")],
    [Buffer.from("[1]").toString("base64url")],
  ])("refuses the page token %s", async (pageToken) => {
    await expect(client.listParts({ page: { pageToken } })).rejects.toMatchObject({
      kind: "invalid_argument",
      reason: "INVALID_CURSOR",
    });
  });

  test.each<[string, MessageInitShape<typeof ListPartsRequestSchema>, string]>([
    ["a page of 101", { page: { pageSize: 101 } }, "page.page_size"],
    ["101 ids", { filter: { partUuids: Array.from({ length: 101 }, uuidv7) } }, "filter.part_uuids"],
    ["an id that is none", { filter: { partUuids: ["42"] } }, "filter.part_uuids[0]"],
    ["no category", { filter: { categories: [Category.UNSPECIFIED] } }, "filter.categories[0]"],
    ["a country in small letters", { filter: { manufacturerCountries: ["de"] } }, "filter.manufacturer_countries[0]"],
  ])("refuses %s and names the field", async (_what, request, field) => {
    await expect(client.listParts(request)).rejects.toMatchObject({
      kind: "invalid_argument",
      violations: [expect.objectContaining({ field })],
    });
  });

  test("does not reserve stock yet and says so, to services only", async () => {
    const request = { orderUuid: uuidv7(), items: [{ partUuid: part.partUuid, quantity: 1 }] };
    const order = clientOf(service, () => service.identity.service("order", "inventory"));
    await expect(order.reserve(request)).rejects.toMatchObject({ kind: "unimplemented" });
    await expect(client.reserve(request)).rejects.toMatchObject({ kind: "permission_denied" });
  });

  test("refuses callers without an identity", async () => {
    const nobody = clientOf(service, () => undefined);
    await expect(nobody.listParts({})).rejects.toMatchObject({ kind: "unauthenticated" });
    await expect(nobody.getPart({ partUuid: part.partUuid })).rejects.toMatchObject({ kind: "unauthenticated" });
  });
}
