import { once } from "node:events";
import { createServer, type IncomingMessage, type Server } from "node:http";
import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { rpcPolicies } from "@gantry/gen/policy/policy";
import { AuthService, CheckSessionResponseSchema } from "@gantry/gen/proto/gantry/iam/v1/auth_service_pb";
import { createIdentityVerifier } from "@gantry/identity";
import { AppError, uuidv7 } from "@gantry/kernel";
import { createRpcServer } from "@gantry/rpc";
import { createLifecycle } from "@gantry/runtime";
import { type Logger, silentLogger } from "@gantry/telemetry";
import { type TestIdentity, testIdentity } from "@gantry/testing";
import { onTestFinished } from "vitest";
import { compose } from "../src/compose.ts";
import { type GatewayConfig, gatewayConfig } from "../src/config.ts";

export const TOKEN = "the-one-session-that-lives";

const nowhere = "http://127.0.0.1:1";

export const identityOf = (): TestIdentity => testIdentity(["gateway", "order"]);

export const aConfig = (identity: TestIdentity, more: Readonly<Record<string, string>> = {}): GatewayConfig =>
  gatewayConfig.load({
    ...identity.env("gateway"),
    GATEWAY_IAM_URL: nowhere,
    GATEWAY_ORDER_URL: nowhere,
    GATEWAY_INVENTORY_URL: nowhere,
    GATEWAY_PAYMENT_URL: nowhere,
    ...more,
  });

/** A service that knows one session, by the contract of IAM and with the platform's rules. */
export async function anIam(identity: TestIdentity, userUuid = uuidv7()): Promise<{ readonly url: string }> {
  const signed = await identity.user(userUuid);
  const server = createRpcServer({
    service: "iam",
    port: 0,
    policies: rpcPolicies,
    verifier: createIdentityVerifier({ service: "iam", jwks: identity.jwks }),
    logger: silentLogger,
    routes: (router) =>
      router.service(AuthService, {
        checkSession: ({ sessionToken }, context) => {
          if (sessionToken !== TOKEN) throw sessionInvalid();
          context.responseHeader.set("x-gantry-identity", signed);
          context.responseHeader.set("x-gantry-user", userUuid);
          const expiresAt = timestampFromMs(Date.now() + 60_000);
          return create(CheckSessionResponseSchema, { identity: signed, userUuid, expiresAt });
        },
      }),
  });
  await server.start();
  onTestFinished(() => server.stop());
  return { url: `http://127.0.0.1:${server.port}` };
}

const sessionInvalid = (): AppError =>
  new AppError({ kind: "unauthenticated", reason: "SESSION_INVALID", message: "There is no such session." });

/** A service that answers with what it got. */
export async function anOrder(): Promise<{ readonly url: string; readonly requests: readonly IncomingMessage[] }> {
  const requests: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    requests.push(request);
    response.setHeader("content-type", "application/json").end(JSON.stringify(request.headers));
  });
  await listening(server);
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return { url: `http://127.0.0.1:${address.port}`, requests };
}

async function listening(server: Server): Promise<void> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
}

/** The whole service in this process. */
export async function aGateway(config: GatewayConfig, logger: Logger = silentLogger): Promise<string> {
  const components = compose({ config, logger });
  const lifecycle = createLifecycle({ components, logger });
  await lifecycle.start();
  onTestFinished(async () => {
    await lifecycle.stop();
  });
  return `http://127.0.0.1:${components[1].port}`;
}
