import type { ConnectRouter, ServiceImpl } from "@connectrpc/connect";
import { createIdentityVerifier } from "@gantry/identity";
import { AppError, type Policy, type PolicyTable } from "@gantry/kernel";
import { type LogFields, type Logger, silentLogger } from "@gantry/telemetry";
import { testIdentity } from "@gantry/testing";
import { createRpcServer, createRpcTransport, type RpcServerOptions, type RpcTransportOptions } from "../src/index.ts";
import { EchoService } from "./fixtures/gen/echo_pb.ts";

export type EchoImpl = Partial<ServiceImpl<typeof EchoService>>;

const open: Policy = { auth: "PUBLIC", deadlineMs: 5_000, idempotency: "NONE", retryAttempts: 1 };

export const echoPolicies: PolicyTable = {
  "/fixture.v1.EchoService/Say": { ...open, idempotency: "NO_SIDE_EFFECTS", retryAttempts: 3 },
  "/fixture.v1.EchoService/Write": open,
  "/fixture.v1.EchoService/Count": open,
  "/fixture.v1.EchoService/Join": open,
  "/fixture.v1.EchoService/Chat": open,
  "/fixture.v1.EchoService/Secret": { ...open, auth: "SERVICE", callers: ["caller"] },
  "/fixture.v1.EchoService/Mine": { ...open, auth: "SESSION" },
};

/** Policies of the echo service with some of them changed. */
export function policiesWith(changes: Readonly<Record<string, Partial<Policy>>>): PolicyTable {
  const changed = Object.entries(changes).map(([method, change]): [string, Policy] => {
    const key = `/fixture.v1.EchoService/${method}`;
    return [key, { ...open, ...echoPolicies[key], ...change }];
  });
  return { ...echoPolicies, ...Object.fromEntries(changed) };
}

export const identity = testIdentity(["echo", "caller", "other"]);

export const echo: EchoImpl = {
  say: ({ text }) => {
    if (text === "forbidden") throw new AppError({ kind: "permission_denied", reason: "RUDE", message: "Not that." });
    return { text };
  },
  write: ({ text }) => ({ text }),
  async *count({ to }) {
    for (let number = 1; number <= to; number++) yield { number };
  },
  async join(requests) {
    let all = "";
    for await (const { text } of requests) all += text;
    return { text: all };
  },
  async *chat(requests) {
    for await (const { text } of requests) yield { text };
  },
  secret: () => ({ text: "for services" }),
  mine: () => ({ text: "for users" }),
  unruled: () => ({ text: "for nobody" }),
};

/** What a logger was told. */
export interface LogLine extends LogFields {
  readonly level: string;
  readonly message: string;
}

function recordingLogger(lines: LogLine[]): Logger {
  const at = (level: string) => (fields: LogFields, message: string) => void lines.push({ ...fields, level, message });
  const logger: Logger = {
    trace: at("trace"),
    debug: at("debug"),
    info: at("info"),
    warn: at("warn"),
    error: at("error"),
    fatal: at("fatal"),
    child: () => logger,
  };
  return logger;
}

export interface EchoServer extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  readonly lines: readonly LogLine[];
  stop(): Promise<void>;
}

/** An echo service on a free port; `impl` replaces methods. */
export async function startEcho(impl: EchoImpl = {}, options: Partial<RpcServerOptions> = {}): Promise<EchoServer> {
  const lines: LogLine[] = [];
  const server = createRpcServer({
    service: "echo",
    port: 0,
    routes: (router: ConnectRouter) => router.service(EchoService, { ...echo, ...impl }),
    policies: echoPolicies,
    verifier: createIdentityVerifier({ service: "echo", jwks: identity.jwks }),
    logger: recordingLogger(lines),
    ...options,
    limits: { drainMs: 200, ...options.limits },
  });
  await server.start();
  const stop = () => server.stop();
  return { url: `http://127.0.0.1:${server.port}`, port: server.port, lines, stop, [Symbol.asyncDispose]: stop };
}

/** A transport of the platform, closed with the block it is used in. */
export function connectTo(server: Pick<EchoServer, "url">, options: Partial<RpcTransportOptions> = {}) {
  const transport = createRpcTransport({
    baseUrl: server.url,
    policies: echoPolicies,
    logger: silentLogger,
    ...options,
  });
  return Object.assign(transport, { [Symbol.dispose]: () => transport.close() });
}
