import { create } from "@bufbuild/protobuf";
import { createIdentityVerifier, generateIdentityKeys } from "@gantry/identity";
import { createRpcServer } from "@gantry/rpc";
import { silentLogger, startTelemetry } from "@gantry/telemetry";
import { conformanceService } from "./conformance-service.ts";
import { loadProtos, type ServerCompatRequest, type ServerCompatResponse } from "./protos.ts";
import { suitePolicies } from "./suite-policies.ts";
import { readMessages, writeMessage } from "./wire.ts";

/*
 * The server under test: the platform's listener, limits and interceptors as services use them. The runner says on stdin
 * what to serve, hears on stdout where, and ends the process with SIGTERM.
 */
const protos = loadProtos(process.argv[2] ?? "");
const requests = protos.message<ServerCompatRequest>("connectrpc.conformance.v1.ServerCompatRequest");
const responses = protos.message<ServerCompatResponse>("connectrpc.conformance.v1.ServerCompatResponse");

startTelemetry({ service: "conformance" });
for await (const { messageReceiveLimit } of readMessages(process.stdin, requests)) {
  const server = createRpcServer({
    service: "conformance",
    port: 0,
    routes: (router) => router.service(protos.service, conformanceService(protos)),
    policies: suitePolicies,
    verifier: createIdentityVerifier({ service: "conformance", jwks: generateIdentityKeys(["users"]).jwks }),
    logger: silentLogger,
    registry: protos.registry,
    ...(messageReceiveLimit > 0 ? { limits: { readMaxBytes: messageReceiveLimit } } : {}),
  });
  await server.start();
  writeMessage(responses, create(responses, { host: "127.0.0.1", port: server.port }));
  process.once("SIGTERM", () => process.exit(0));
  break;
}
