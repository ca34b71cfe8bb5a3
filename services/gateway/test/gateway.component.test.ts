import { routes } from "@gantry/gen/routes/routes";
import { createIdentityVerifier } from "@gantry/identity";
import { uuidv7 } from "@gantry/kernel";
import { testIdentity } from "@gantry/testing";
import { expect, test } from "vitest";
import { aConfig, aGateway, anIam, anOrder, identityOf, TOKEN } from "./fixture.ts";

const bearer = { authorization: `Bearer ${TOKEN}` };

test("a person's request reaches its service with the identity that IAM signed for it", async () => {
  const identity = identityOf();
  const userUuid = uuidv7();
  const [iam, order] = [await anIam(identity, userUuid), await anOrder()];
  const url = await aGateway(aConfig(identity, { GATEWAY_IAM_URL: iam.url, GATEWAY_ORDER_URL: order.url }));

  const told = await fetch(`${url}/api/v1/orders`, { headers: { ...bearer, "x-gantry-identity": "forged" } });
  expect(told.status).toBe(200);
  const headers = (await told.json()) as Record<string, string>;
  const verifier = createIdentityVerifier({ service: "order", jwks: identity.jwks });
  expect(await verifier.verify(headers["x-gantry-identity"] ?? "")).toMatchObject({ kind: "user", userUuid });

  const refused = await fetch(`${url}/api/v1/orders`, { headers: { authorization: "Bearer nobodys-session-at-all" } });
  expect([refused.status, await refused.json()]).toMatchObject([401, { code: "SESSION_INVALID" }]);
  expect(order.requests).toHaveLength(1);
});

test("a gateway that IAM does not know lets nobody in, and logs nobody out", async () => {
  const [identity, stranger] = [identityOf(), testIdentity(["gateway"])];
  const [iam, order] = [await anIam(identity), await anOrder()];
  const url = await aGateway(aConfig(stranger, { GATEWAY_IAM_URL: iam.url, GATEWAY_ORDER_URL: order.url }));
  const told = await fetch(`${url}/api/v1/orders`, { headers: bearer });
  expect([told.status, await told.json()]).toMatchObject([503, { code: "SESSION_CHECK_UNAVAILABLE" }]);
  expect((await fetch(`${url}/readyz`)).status).toBe(503);
  expect(order.requests).toHaveLength(0);
});

test("it is ready while IAM answers", async () => {
  const identity = identityOf();
  const { url: iamUrl } = await anIam(identity);
  const up = await aGateway(aConfig(identity, { GATEWAY_IAM_URL: iamUrl }));
  const down = await aGateway(aConfig(identity));
  expect([(await fetch(`${up}/readyz`)).status, (await fetch(`${up}/healthz`)).status]).toEqual([200, 200]);
  expect([(await fetch(`${down}/readyz`)).status, (await fetch(`${down}/healthz`)).status]).toEqual([503, 200]);
});

/** Those whose services this gateway has a place for. */
const places = new Set(["iam", "order", "inventory", "payment"]);

test("the generated table is all that is open: each of its routes is what its contract says, to a stranger", async () => {
  const identity = identityOf();
  const url = await aGateway(aConfig(identity));
  const filled = (path: string) => path.replace(/\{\w+\}/g, uuidv7());
  const served = routes.filter(
    ({ kind, auth, service }) => kind !== "transcoded" && auth !== "SERVICE" && places.has(service),
  );
  const servedPaths = new Set(served.map(({ path }) => path));
  expect(served.length).toBeGreaterThan(10);
  for (const route of routes) {
    for (const method of route.methods) {
      const { status } = await fetch(url + filled(route.path), { method });
      // nothing is behind this gateway, so what is open ends with 503
      const expected = served.includes(route) ? (route.auth === "PUBLIC" ? 503 : 401) : 404;
      const isOtherwiseServed = expected === 404 && servedPaths.has(route.path);
      if (!isOtherwiseServed) expect([method, route.path, status]).toEqual([method, route.path, expected]);
    }
  }
});
