import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Route } from "@gantry/kernel";
import { silentLogger } from "@gantry/telemetry";
import { expect, test } from "vitest";
import { createGateway } from "../src/index.ts";

const route: Route = {
  kind: "http",
  service: "order",
  methods: ["GET"],
  path: "/api/v1/orders/{order_uuid}",
  operation: "GET /api/v1/orders/{order_uuid}",
  auth: "SESSION",
  idempotency: "NO_SIDE_EFFECTS",
  deadlineMs: 2000,
  retryAttempts: 1,
  streaming: "unary",
};

test("a request with a session reaches its service with an identity, and one without does not", async () => {
  const service = createServer((request, response) => response.end(JSON.stringify(request.headers)));
  await new Promise<void>((resolve) => service.listen(0, "127.0.0.1", resolve));
  const { port } = service.address() as AddressInfo;
  const gateway = createGateway({
    port: 0,
    routes: [route],
    upstreams: { order: { url: `http://127.0.0.1:${port}`, speaks: "http" } },
    sessionCheck: async ({ token }) =>
      token === "a-living-session" ? { identity: "a.b.c", userUuid: "the-user" } : "invalid",
    logger: silentLogger,
  });
  await gateway.start();
  const url = `http://127.0.0.1:${gateway.port}/api/v1/orders/1`;
  const answer = await fetch(url, {
    headers: { authorization: "Bearer a-living-session", "x-gantry-identity": "forged" },
  });
  expect(await answer.json()).toMatchObject({ "x-gantry-identity": "a.b.c", "x-forwarded-for": "127.0.0.1" });
  expect((await fetch(url)).status).toBe(401);
  expect(await (await fetch(`${url}/more`)).json()).toMatchObject({ code: "ROUTE_NOT_FOUND" });
  await gateway.stop();
  service.close();
});
