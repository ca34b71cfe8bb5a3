import { type DescMethodUnary, fromBinary, toBinary } from "@bufbuild/protobuf";
import { createClient, type Transport } from "@connectrpc/connect";
import { createGrpcTransport, createConnectTransport as createNodeConnectTransport } from "@connectrpc/connect-node";
import { createConnectTransport, createGrpcWebTransport } from "@connectrpc/connect-web";
import { InventoryService } from "@gantry/gen/proto/gantry/inventory/v1/inventory_service_pb";
import { Category } from "@gantry/gen/proto/gantry/inventory/v1/part_pb";
import { Client, credentials, type Metadata, Metadata as MetadataOf, type ServiceError, status } from "@grpc/grpc-js";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Person, type System, startSystem } from "./system.ts";

let system: System;
let person: Person;
let baseUrl: string;

beforeAll(async () => {
  system = await startSystem();
  person = await system.person();
  baseUrl = system.gateway;
});
afterAll(() => system[Symbol.asyncDispose]());

const transports: Readonly<Record<string, () => Transport>> = {
  "connect-web, Connect JSON by fetch": () => createConnectTransport({ baseUrl }),
  "connect-web, Connect binary by fetch": () => createConnectTransport({ baseUrl, useBinaryFormat: true }),
  "connect-web, Connect GET by fetch": () => createConnectTransport({ baseUrl, useHttpGet: true }),
  "connect-web, gRPC-Web by fetch": () => createGrpcWebTransport({ baseUrl }),
  "connect-node, Connect over HTTP/1.1": () => createNodeConnectTransport({ baseUrl, httpVersion: "1.1" }),
  "connect-node, Connect over h2c": () => createNodeConnectTransport({ baseUrl, httpVersion: "2" }),
  "connect-node, gRPC over h2c": () => createGrpcTransport({ baseUrl }),
};

describe.each(Object.entries(transports))("inventory answers %s through the gateway", (_name, transport) => {
  test("with parts that the filter lets through, paged", async () => {
    const client = createClient(InventoryService, transport());
    const filter = { categories: [Category.ENGINE, Category.WING] };
    const first = await client.listParts({ filter, page: { pageSize: 3 } }, { headers: person.headers });
    const second = await client.listParts(
      { filter, page: { pageSize: 3, pageToken: first.page?.nextPageToken ?? "" } },
      { headers: person.headers },
    );
    const parts = [...first.parts, ...second.parts];
    expect(new Set(parts.map((part) => part.partUuid)).size).toBe(6);
    expect(parts.every((part) => part.category === Category.ENGINE || part.category === Category.WING)).toBe(true);
  });

  test("with NOT_FOUND and UNAUTHENTICATED where they belong", async () => {
    const client = createClient(InventoryService, transport());
    const unknown = client.getPart({ partUuid: crypto.randomUUID() }, { headers: person.headers });
    await expect(unknown).rejects.toMatchObject({ code: status.NOT_FOUND });
    await expect(client.getPart({ partUuid: crypto.randomUUID() })).rejects.toMatchObject({
      code: status.UNAUTHENTICATED,
    });
  });
});

describe("inventory answers grpc-js through the gateway", () => {
  const call = async (method: DescMethodUnary, request: Uint8Array, metadata: Metadata): Promise<Buffer> => {
    const client = new Client(new URL(baseUrl).host, credentials.createInsecure());
    try {
      return await new Promise((resolve, reject) => {
        const path = `/${method.parent.typeName}/${method.name}`;
        const done = (error: ServiceError | null, value?: Buffer): void =>
          error || !value ? reject(error) : resolve(value);
        client.makeUnaryRequest(
          path,
          (bytes: Buffer) => bytes,
          (bytes: Buffer) => bytes,
          Buffer.from(request),
          metadata,
          done,
        );
      });
    } finally {
      client.close();
    }
  };
  const signed = (): Metadata => {
    const metadata = new MetadataOf();
    for (const [name, value] of Object.entries(person.headers)) metadata.set(name, value);
    return metadata;
  };

  test("with a part and its price in minor units", async () => {
    const { getPart } = InventoryService.method;
    const partUuid = await system.partUuid();
    const bytes = await call(
      getPart,
      toBinary(getPart.input, { $typeName: getPart.input.typeName, partUuid }),
      signed(),
    );
    const { part } = fromBinary(getPart.output, bytes);
    expect(part?.partUuid).toBe(partUuid);
    expect(part?.price?.minor).toBeGreaterThan(0n);
  });

  test("with INVALID_ARGUMENT for what the contract forbids", async () => {
    const { getPart } = InventoryService.method;
    const bytes = toBinary(getPart.input, { $typeName: getPart.input.typeName, partUuid: "42" });
    await expect(call(getPart, bytes, signed())).rejects.toMatchObject({ code: status.INVALID_ARGUMENT });
  });
});
