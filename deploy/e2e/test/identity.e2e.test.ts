import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { transportTo } from "@gantry/devstack";
import { AuthService } from "@gantry/gen/proto/gantry/iam/v1/auth_service_pb";
import { UserService } from "@gantry/gen/proto/gantry/iam/v1/user_service_pb";
import { createIdentitySigner, IDENTITY_HEADER } from "@gantry/identity";
import { eventually } from "@gantry/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Person, type System, startSystem } from "./system.ts";

let system: System;

beforeAll(async () => {
  system = await startSystem();
});
afterAll(() => system[Symbol.asyncDispose]());

const auth = () => createClient(AuthService, transportTo(system.gateway));
const users = () => createClient(UserService, transportTo(system.gateway));

/** What the door says to somebody who asks for their orders, in its own words. */
async function orders(headers: Readonly<Record<string, string>>): Promise<string> {
  const response = await fetch(`${system.gateway}/api/v1/orders`, { headers });
  const body: { readonly code?: string } = Object(await response.json());
  return `${response.status} ${body.code ?? ""}`.trim();
}

const sessionOver = "401 SESSION_INVALID";

describe("a session", () => {
  test("opens what is its person's, wherever the token stands, and tells who they are", async () => {
    const person = await system.person();
    const token = person.headers.authorization.slice("Bearer ".length);
    for (const headers of [
      person.headers,
      { "x-session-uuid": token },
      { "session-uuid": token },
      { cookie: `theme=dark; __Host-session=${token}` },
    ])
      expect(await orders(headers)).toBe("200");
    const { user, session } = await auth().whoami({}, { headers: person.headers });
    expect(user).toMatchObject({ userUuid: person.userUuid, login: person.login, email: person.email });
    expect(session).toMatchObject({ userUuid: person.userUuid, sessionUuid: person.sessionUuid });
  });

  test("ends at once when its person logs out, and takes no other session along", async () => {
    const here = await system.person();
    const there = await system.again(here);
    expect([await orders(here.headers), await orders(there.headers)]).toEqual(["200", "200"]);
    await auth().logout({}, { headers: here.headers });
    expect([await orders(here.headers), await orders(there.headers)]).toEqual([sessionOver, "200"]);
  });

  test("ends with all others when its person logs out everywhere", async () => {
    const here = await system.person();
    const there = await system.again(here);
    const { ended } = await auth().logoutEverywhere({}, { headers: here.headers });
    expect(ended).toBe(2);
    expect([await orders(here.headers), await orders(there.headers)]).toEqual([sessionOver, sessionOver]);
  });

  test("outlives a change of the password only where the password was changed", async () => {
    const here = await system.person();
    const there = await system.again(here);
    const newPassword = crypto.randomUUID();
    await users().changePassword({ currentPassword: here.password, newPassword }, { headers: here.headers });
    expect([await orders(here.headers), await orders(there.headers)]).toEqual(["200", sessionOver]);
    await expect(system.again(here)).rejects.toMatchObject({ code: Code.Unauthenticated });
    const anew = await system.again({ ...here, password: newPassword });
    expect(await orders(anew.headers)).toBe("200");
  });

  test("shows and changes nothing of another person", async () => {
    const [mine, theirs] = [await system.person(), await system.person()];
    const orderUuid = await system.pendingOrder(mine);
    const of = { params: { path: { order_uuid: orderUuid } } };
    const { error, response } = await theirs.orders.GET("/orders/{order_uuid}", of);
    expect(`${response.status} ${error?.code}`).toBe("404 ORDER_NOT_FOUND");
    const { error: foreign } = await theirs.orders.POST("/orders", {
      body: { part_uuids: [await system.partUuid()], user_uuid: mine.userUuid },
    });
    expect(foreign?.code).toBe("USER_MISMATCH");
  });

  test("is not had with an identity in its place, not even a right one", async () => {
    const person = await system.person();
    const identity = await identityOf(person);
    expect(await orders({ [IDENTITY_HEADER]: identity })).toBe("401 SESSION_MISSING");
    expect(await orders({ authorization: `Bearer ${identity}` })).toBe(sessionOver);
  });
});

/** An identity as a service sees it: signed with the system's own key. */
function identityOf({ userUuid, sessionUuid }: Person): Promise<string> {
  const signer = createIdentitySigner({ privateJwk: system.stack.identity.privateJwk("users") });
  return signer.user(userUuid, sessionUuid);
}

/** Requests that order has answered so far, refusals included: each has a line in its access log. */
const requestsOfOrder = () => system.stack.logs("order").filter((line) => line.includes("/api/v1/orders")).length;

/** Everything a stranger or a person may try at a closed door. */
async function tryTheDoor(person: Person): Promise<readonly string[]> {
  return await Promise.all([
    orders(person.headers),
    orders({ "x-session-uuid": "0".repeat(43) }),
    orders({}),
    orders({ ...person.headers, [IDENTITY_HEADER]: "forged" }),
  ]);
}

const UNAVAILABLE = "503 SESSION_CHECK_UNAVAILABLE";
/** Far more than the session check may take, far less than a person waits. */
const BOUND_MS = 5_000;

describe("when IAM cannot be asked, nobody gets in", () => {
  let person: Person;
  beforeAll(async () => {
    person = await system.person();
  });

  test("frozen: 503 in bounded time, nothing reaches a service, and a thaw opens again", async () => {
    const gatewayPid = system.stack.pid("gateway");
    await eventually(async () => expect(await orders(person.headers)).toBe("200"));
    const before = requestsOfOrder();
    const iam = system.stack.pid("iam") ?? 0;
    process.kill(iam, "SIGSTOP");
    try {
      const startedAt = Date.now();
      expect(await tryTheDoor(person)).toEqual([UNAVAILABLE, UNAVAILABLE, "401 SESSION_MISSING", UNAVAILABLE]);
      expect(Date.now() - startedAt).toBeLessThan(BOUND_MS);
      expect(requestsOfOrder()).toBe(before);
    } finally {
      process.kill(iam, "SIGCONT");
    }
    await eventually(async () => expect(await orders(person.headers)).toBe("200"));
    expect(system.stack.pid("gateway")).toBe(gatewayPid);
  });

  test("killed −9: 503 until it is back, and the gateway needs no restart for that", async () => {
    const gatewayPid = system.stack.pid("gateway");
    const before = requestsOfOrder();
    await system.stack.kill("iam");
    expect(await tryTheDoor(person)).toEqual([UNAVAILABLE, UNAVAILABLE, "401 SESSION_MISSING", UNAVAILABLE]);
    expect(requestsOfOrder()).toBe(before);
    await system.stack.ready("iam");
    await eventually(async () => expect(await orders(person.headers)).toBe("200"));
    expect(system.stack.pid("gateway")).toBe(gatewayPid);
  });

  test("restarted: sessions live on, and the gateway on the same address as well", async () => {
    await system.stack.restart("iam");
    await system.stack.restart("gateway");
    await eventually(async () => expect(await orders(person.headers)).toBe("200"));
  });
});

test("one login is had by one person: of ten who register it at once, one wins", async () => {
  const login = `race-${crypto.randomUUID()}`;
  const tries = Array.from({ length: 10 }, (_, index) =>
    users().register({ login, email: `${index}@example.org`, password: crypto.randomUUID() }),
  );
  const outcomes = await Promise.allSettled(tries);
  expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
  for (const outcome of outcomes) {
    if (outcome.status === "rejected") expect(ConnectError.from(outcome.reason).code).toBe(Code.AlreadyExists);
  }
});
