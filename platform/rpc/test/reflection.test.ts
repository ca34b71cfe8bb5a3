import { createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { ServerReflection, type ServerReflectionRequest } from "@gantry/gen/proto/grpc/reflection/v1/reflection_pb";
import { IDENTITY_HEADER } from "@gantry/identity";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type EchoServer, identity, startEcho } from "./fixture.ts";
import { contractOf, field, GrpcPeer, methodOf } from "./grpc-peer.ts";

let server: EchoServer;
let peer: GrpcPeer;
beforeAll(async () => {
  server = await startEcho();
  peer = new GrpcPeer(server.url);
});
afterAll(async () => {
  peer[Symbol.dispose]();
  await server.stop();
});

const SERVICE = "fixture.v1.EchoService";

describe("a peer that knows nothing but the address", () => {
  test("learns which services there are", async () => {
    const answer = await peer.reflect({ listServices: "" });
    expect(field(field(answer, "listServicesResponse"), "service")).toEqual([
      { name: SERVICE },
      { name: "grpc.health.v1.Health" },
      { name: "grpc.reflection.v1.ServerReflection" },
    ]);
  });

  test("makes itself a client from what it learns, and calls", async () => {
    const contract = contractOf(await peer.reflect({ fileContainingSymbol: SERVICE }));
    expect(await peer.call(methodOf(contract, SERVICE, "Say"), { text: "learnt" })).toMatchObject({ text: "learnt" });
    expect(await peer.stream(methodOf(contract, SERVICE, "Count"), { to: 2 })).toMatchObject([
      { number: 1 },
      { number: 2 },
    ]);
  });

  test("is held to the rules like everyone", async () => {
    const contract = contractOf(await peer.reflect({ fileContainingSymbol: SERVICE }));
    const mine = methodOf(contract, SERVICE, "Mine");
    await expect(peer.call(mine, {})).rejects.toMatchObject({ code: 16, details: "This operation needs an identity." });
    await expect(peer.call(mine, {}, { [IDENTITY_HEADER]: "forged" })).rejects.toMatchObject({ code: 16 });
    expect(await peer.call(mine, {}, { [IDENTITY_HEADER]: await identity.user() })).toMatchObject({
      text: "for users",
    });
    await expect(peer.call(methodOf(contract, SERVICE, "Say"), { more: [""] })).rejects.toMatchObject({ code: 3 });
  });
});

async function ask(messageRequest: ServerReflectionRequest["messageRequest"]) {
  const client = createClient(ServerReflection, createGrpcTransport({ baseUrl: server.url }));
  async function* question() {
    yield { messageRequest };
  }
  for await (const { messageResponse } of client.serverReflectionInfo(question())) return messageResponse;
  throw new Error("no answer");
}

describe("a file is found", () => {
  test.each([
    ["a service", SERVICE],
    ["a method", `${SERVICE}.Say`],
    ["a message", "fixture.v1.SayRequest"],
    ["a field", "fixture.v1.SayRequest.more"],
    ["an enum", "fixture.v1.Loudness"],
    ["a value of an enum", "fixture.v1.LOUDNESS_QUIET"],
    ["an extension", "fixture.v1.note"],
    ["a message of an imported file", "google.protobuf.FileDescriptorProto"],
  ])("by %s", async (_, symbol) => {
    expect(await ask({ case: "fileContainingSymbol", value: symbol })).toMatchObject({
      case: "fileDescriptorResponse",
    });
  });

  test("by its name, with what it imports", async () => {
    const answer = await ask({ case: "fileByFilename", value: "echo.proto" });
    expect(answer).toMatchObject({ case: "fileDescriptorResponse" });
    if (answer.case !== "fileDescriptorResponse") return;
    const texts = answer.value.fileDescriptorProto.map((file) => Buffer.from(file).toString("latin1"));
    for (const name of ["echo.proto", "buf/validate/validate.proto", "google/protobuf/descriptor.proto"]) {
      expect(texts.some((text) => text.slice(2, 2 + name.length) === name)).toBe(true);
    }
  });

  test("by the number of an extension, and the numbers by what they extend", async () => {
    const containingType = "google.protobuf.MethodOptions";
    const extension = {
      $typeName: "grpc.reflection.v1.ExtensionRequest",
      containingType,
      extensionNumber: 50999,
    } as const;
    expect(await ask({ case: "fileContainingExtension", value: extension })).toMatchObject({
      case: "fileDescriptorResponse",
    });
    expect(await ask({ case: "allExtensionNumbersOfType", value: containingType })).toMatchObject({
      value: { baseTypeName: containingType, extensionNumber: [50999] },
    });
  });
});

describe("an error is told within the stream", () => {
  test.each<[string, ServerReflectionRequest["messageRequest"], number]>([
    ["an unknown symbol", { case: "fileContainingSymbol", value: "nothing.v1.Here" }, 5],
    ["an unknown file", { case: "fileByFilename", value: "../../etc/passwd" }, 5],
    ["an unknown extendee", { case: "allExtensionNumbersOfType", value: "nothing.v1.Here" }, 5],
    ["nothing", { case: undefined }, 3],
  ])("when asked for %s", async (_, question, errorCode) => {
    expect(await ask(question)).toMatchObject({ case: "errorResponse", value: { errorCode } });
  });
});
