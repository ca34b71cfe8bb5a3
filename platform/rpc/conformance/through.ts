import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import { create } from "@bufbuild/protobuf";
import { loadProtos, type ServerCompatResponse } from "./protos.ts";
import { suitePolicies } from "./suite-policies.ts";
import { gatewayProgram } from "./through-gateways.ts";
import { readMessages, writeMessage } from "./wire.ts";

/*
 * The server under test behind a gateway, which is what the runner talks to. Both are processes of their own: what the runner says
 * goes to the server as it is, and where the server listens is replaced by where the gateway does.
 */
const [image = "", name = ""] = process.argv.slice(2);
const protos = loadProtos(image);
const responses = protos.message<ServerCompatResponse>("connectrpc.conformance.v1.ServerCompatResponse");

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const start = (program: string, ...args: readonly string[]): ChildProcessByStdio<Writable, Readable, null> =>
  spawn(process.execPath, ["--conditions=@gantry/source", here(program), ...args], {
    stdio: ["pipe", "pipe", "inherit"],
  });

/** Longer than any call of the suite; a gateway cannot be told that there is no deadline. */
const DEADLINE_MS = 300_000;
const MAX_BODY_BYTES = 16 * 1024 * 1024;
/** Nobody is there: all operations of the suite are public, so nobody is asked. */
const NO_IAM = "http://127.0.0.1:9";
/** Of the shape of an identity, and none. */
const NO_TOKEN = "e30.e30.e30";

const streaming = new Map([
  ["ServerStream", "server_stream"],
  ["ClientStream", "client_stream"],
  ["BidiStream", "bidi_stream"],
]);

const routes = Object.entries(suitePolicies).map(([path, { auth, idempotency, retryAttempts }]) => ({
  kind: "rpc",
  service: "conformance",
  methods: idempotency === "NO_SIDE_EFFECTS" ? ["POST", "GET"] : ["POST"],
  path,
  operation: path,
  auth,
  idempotency,
  deadlineMs: DEADLINE_MS,
  retryAttempts,
  streaming: streaming.get(path.split("/").at(-1) ?? "") ?? "unary",
}));

const setupFor = (url: string): object => ({
  routes,
  upstreams: { conformance: { url, speaks: "rpc" } },
  iamUrl: NO_IAM,
  iamToken: NO_TOKEN,
  origins: [],
  maxBodyBytes: MAX_BODY_BYTES,
  sessionTimeoutMs: 400,
  drainMs: 100,
});

const server = start("server.ts", image);
const gateway = start(gatewayProgram(name));
// Without either of them there is nothing to test: the runner hears of it by our end.
for (const child of [server, gateway]) child.once("exit", () => process.exit(1));
process.once("SIGTERM", () => {
  server.kill();
  gateway.kill();
  process.exit(0);
});
process.stdin.pipe(server.stdin);
for await (const { host, port } of readMessages(server.stdout, responses)) {
  gateway.stdin.write(`${JSON.stringify(setupFor(`http://${host}:${port}`))}\n`);
  const [url] = await once(createInterface({ input: gateway.stdout }), "line");
  const at = new URL(url);
  writeMessage(responses, create(responses, { host: at.hostname, port: Number(at.port) }));
  break;
}
