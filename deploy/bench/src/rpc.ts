import { create, toBinary, toJsonString } from "@bufbuild/protobuf";
import { GetPartRequestSchema, InventoryService } from "@gantry/gen/proto/gantry/inventory/v1/inventory_service_pb";
import { IDENTITY_HEADER } from "@gantry/identity";
import { testIdentity } from "@gantry/testing";
import { contest } from "./contest.ts";
import { loadGrpc } from "./load-grpc.ts";
import { loadHttp1 } from "./load-http1.ts";
import type { Contender, Rounds } from "./measure.ts";
import { type ServerProcess, startServer } from "./server-process.ts";

const CONCURRENCY = 16;
const aims = [{ contender: "@gantry/rpc, all interceptors", ratio: 0.8 }];
const path = `/${InventoryService.typeName}/GetPart`;
const message = create(GetPartRequestSchema, { partUuid: "0199a3b0-0001-7000-8000-000000000001" });

/** The same unary method on a bare connect-node, on `platform/rpc` with everything on, and on grpc-js. */
export async function benchRpc(rounds: Rounds): Promise<void> {
  const identity = testIdentity();
  const env = identity.env("inventory");
  const headers = { [IDENTITY_HEADER]: await identity.user() };
  await contest(
    "gRPC over HTTP/2, unary GetPart, 16 calls at once on one connection",
    rounds,
    [
      grpc("connect-node, bare", await startServer("rpc-connect-node.ts"), {}),
      grpc("@gantry/rpc, all interceptors", await startServer("rpc-gantry.ts", { env }), headers),
      grpc("@grpc/grpc-js, bare", await startServer("rpc-grpc-js.ts"), {}),
    ],
    aims,
  );
  await contest(
    "Connect JSON over HTTP/1.1, unary GetPart, 16 connections",
    rounds,
    [
      json("connect-node, bare", await startServer("rpc-connect-node.ts", { args: ["h1"] }), {}),
      json("@gantry/rpc, all interceptors", await startServer("rpc-gantry.ts", { env }), headers),
    ],
    aims,
  );
}

const grpc = (name: string, server: ServerProcess, headers: Readonly<Record<string, string>>): Contender => ({
  name,
  round: (durationMs) =>
    loadGrpc({
      port: server.port,
      path,
      message: toBinary(GetPartRequestSchema, message),
      headers,
      concurrency: CONCURRENCY,
      durationMs,
    }),
  close: () => server.stop(),
});

const json = (name: string, server: ServerProcess, headers: Readonly<Record<string, string>>): Contender => ({
  name,
  round: (durationMs) =>
    loadHttp1({
      url: `http://127.0.0.1:${server.port}${path}`,
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: toJsonString(GetPartRequestSchema, message),
      connections: CONCURRENCY,
      durationMs,
      expectStatus: 200,
    }),
  close: () => server.stop(),
});
