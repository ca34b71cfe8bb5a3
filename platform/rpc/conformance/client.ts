import { create } from "@bufbuild/protobuf";
import { compressionBrotli, compressionGzip } from "@connectrpc/connect-node";
import { createRpcTransport, type RpcProtocol, type RpcTransport } from "@gantry/rpc";
import { silentLogger, startTelemetry } from "@gantry/telemetry";
import { makeCall } from "./conformance-call.ts";
import {
  type ClientCompatRequest,
  type ClientCompatResponse,
  type ClientErrorResult,
  loadProtos,
  suite,
} from "./protos.ts";
import { suitePolicies } from "./suite-policies.ts";
import { readMessages, writeMessage } from "./wire.ts";

/*
 * The client under test: the platform's transport with all its rules, as services use it. The runner describes calls on
 * stdin, and hears on stdout what came of each, in any order.
 */
const AT_ONCE = 8;

const protos = loadProtos(process.argv[2] ?? "");
const requests = protos.message<ClientCompatRequest>("connectrpc.conformance.v1.ClientCompatRequest");
const responses = protos.message<ClientCompatResponse>("connectrpc.conformance.v1.ClientCompatResponse");
const failures = protos.message<ClientErrorResult>("connectrpc.conformance.v1.ClientErrorResult");
const transports = new Map<string, RpcTransport>();

function transportFor(request: ClientCompatRequest): RpcTransport {
  const { host, port, protocol, httpVersion, codec, compression, useGetHttpMethod, messageReceiveLimit } = request;
  const key = [host, port, protocol, httpVersion, codec, compression, useGetHttpMethod, messageReceiveLimit].join();
  const known = transports.get(key);
  if (known !== undefined) return known;
  const sendCompression = { [suite.compression.gzip]: compressionGzip, [suite.compression.br]: compressionBrotli }[
    compression
  ];
  const transport = createRpcTransport({
    baseUrl: `http://${host}:${port}`,
    policies: suitePolicies,
    logger: silentLogger,
    protocol: protocolOf(protocol),
    httpVersion: httpVersion === suite.http2 ? "2" : "1.1",
    wire: {
      acceptCompression: [compressionGzip, compressionBrotli],
      compressMinBytes: -1, // empty messages too
      jsonOptions: { registry: protos.registry },
      useBinaryFormat: codec === suite.codecProto,
      useHttpGet: useGetHttpMethod,
      ...(sendCompression === undefined ? {} : { sendCompression }),
      ...(messageReceiveLimit > 0 ? { readMaxBytes: messageReceiveLimit } : {}),
    },
  });
  transports.set(key, transport);
  return transport;
}

function protocolOf(number: number): RpcProtocol {
  const found = suite.protocols[number];
  if (found === undefined) throw new Error(`unknown protocol ${number}`);
  return found;
}

async function answer(request: ClientCompatRequest): Promise<void> {
  const { testName } = request;
  try {
    const value = await makeCall(protos, transportFor(request), request);
    writeMessage(responses, create(responses, { testName, result: { case: "response", value } }));
  } catch (error) {
    const value = create(failures, { message: error instanceof Error ? String(error.stack) : String(error) });
    writeMessage(responses, create(responses, { testName, result: { case: "error", value } }));
  }
}

startTelemetry({ service: "conformance" });
const running = new Set<Promise<void>>();
for await (const request of readMessages(process.stdin, requests)) {
  const call = answer(request);
  running.add(call);
  void call.finally(() => running.delete(call));
  if (running.size >= AT_ONCE) await Promise.race(running);
}
await Promise.all(running);
for (const transport of transports.values()) transport.close();
