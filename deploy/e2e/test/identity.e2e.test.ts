import { randomBytes } from "node:crypto";
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

type Headers = Readonly<Record<string, string>>;

/** What the door says to somebody who asks for their orders, in its own words. */
async function orders(headers: Headers): Promise<string> {
  const response = await fetch(`${system.gateway}/api/v1/orders`, { headers });
  const body: { readonly code?: string } = Object(await response.json());
  return `${response.status} ${body.code ?? ""}`.trim();
}

const sessionOver = "401 SESSION_INVALID";
const UNAVAILABLE = "503 SESSION_CHECK_UNAVAILABLE";

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

/** Everything a stranger or a person may try at a door, under one trace by which they are found behind it. */
async function tryTheDoor({
  headers,
}: Person): Promise<{ readonly answers: readonly string[]; readonly trace: string }> {
  const trace = randomBytes(16).toString("hex");
  const attempt = (more: Headers) => orders({ traceparent: `00-${trace}-${"1".repeat(16)}-01`, ...more });
  const answers = await Promise.all([
    attempt(headers),
    attempt({ "x-session-uuid": "0".repeat(43) }),
    attempt({}),
    attempt({ ...headers, [IDENTITY_HEADER]: "forged" }),
  ]);
  return { answers, trace };
}

/** How often order was asked under a trace, refusals included: each request has a line in its access log. */
const reached = (trace: string) => system.stack.logs("order").filter((line) => line.includes(trace)).length;

const closed = [UNAVAILABLE, UNAVAILABLE, "401 SESSION_MISSING", UNAVAILABLE];
const open = ["200", sessionOver, "401 SESSION_MISSING", "200"];

/** The door is open again: those with a session get through, and the others still do not. */
async function untilOpen(person: Person): Promise<void> {
  await eventually(async () => expect((await tryTheDoor(person)).answers).toEqual(open));
  const { trace } = await tryTheDoor(person);
  await eventually(() => expect(reached(trace)).toBe(2));
}

/** Far more than the session check may take, far less than a person waits. */
const BOUND_MS = 5_000;

describe("when IAM cannot be asked, nobody gets in", () => {
  let person: Person;
  beforeAll(async () => {
    person = await system.person();
  });

  test("frozen: 503 in bounded time, nothing reaches a service, and a thaw opens again", async () => {
    const gatewayPid = system.stack.pid("gateway");
    await untilOpen(person);
    const iam = system.stack.pid("iam") ?? 0;
    process.kill(iam, "SIGSTOP");
    try {
      const startedAt = Date.now();
      const { answers, trace } = await tryTheDoor(person);
      expect(answers).toEqual(closed);
      expect(Date.now() - startedAt).toBeLessThan(BOUND_MS);
      expect(reached(trace)).toBe(0);
    } finally {
      process.kill(iam, "SIGCONT");
    }
    await untilOpen(person);
    expect(system.stack.pid("gateway")).toBe(gatewayPid);
  });

  test("killed −9: 503 until it is back, and the gateway needs no restart for that", async () => {
    const gatewayPid = system.stack.pid("gateway");
    await system.stack.kill("iam");
    const { answers, trace } = await tryTheDoor(person);
    expect(answers).toEqual(closed);
    await system.stack.ready("iam");
    await untilOpen(person);
    expect(reached(trace)).toBe(0);
    expect(system.stack.pid("gateway")).toBe(gatewayPid);
  });

  test("restarted: sessions live on, and the gateway on the same address as well", async () => {
    await system.stack.restart("iam");
    await system.stack.restart("gateway");
    await untilOpen(person);
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
