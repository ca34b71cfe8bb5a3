import { createClient, type Transport } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { createIdentitySigner, IDENTITY_HEADER } from "@gantry/identity";
import { ManualClock, uuidv7 } from "@gantry/kernel";
import { forgedIdentities, testIdentity } from "@gantry/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { principalOf, userOf } from "../src/index.ts";
import { connectTo, type EchoServer, echoPolicies, identity, startEcho } from "./fixture.ts";
import { EchoService } from "./fixtures/gen/echo_pb.ts";

let server: EchoServer;
beforeAll(async () => {
  server = await startEcho({
    write: (_, context) => {
      const caller = principalOf(context);
      return { text: caller === undefined ? "nobody" : caller.kind };
    },
    mine: (_, context) => ({ text: userOf(context).userUuid }),
    secret: (_, context) => ({ text: String(principalOf(context)?.kind) }),
  });
});
afterAll(() => server.stop());

const userUuid = uuidv7();
const as = (token: string | undefined) => ({ headers: token === undefined ? {} : { [IDENTITY_HEADER]: token } });
const plain = () => createClient(EchoService, createConnectTransport({ baseUrl: server.url, httpVersion: "1.1" }));

/** A good token of last year. */
const expired = () => {
  const clock = new ManualClock(new Date("2025-01-01"));
  return createIdentitySigner({ privateJwk: identity.privateJwk("users"), clock }).user(userUuid, uuidv7());
};

test("a public method is open to callers without an identity", async () => {
  expect(await plain().write({})).toMatchObject({ text: "nobody" });
});

test("a handler learns who calls", async () => {
  expect(await plain().write({}, as(await identity.service("caller", "echo")))).toMatchObject({ text: "service" });
  expect(await plain().mine({}, as(await identity.user(userUuid)))).toMatchObject({ text: userUuid });
});

describe("refused is", () => {
  const refused: [string, "mine" | "secret" | "write", () => Promise<string> | undefined, string, string][] = [
    ["nobody, where a user is needed", "mine", () => undefined, "unauthenticated", "UNAUTHENTICATED"],
    ["nobody, where a service is needed", "secret", () => undefined, "unauthenticated", "UNAUTHENTICATED"],
    [
      "a service, where a user is needed",
      "mine",
      () => identity.service("caller", "echo"),
      "permission_denied",
      "FORBIDDEN",
    ],
    ["a user, where a service is needed", "secret", () => identity.user(), "permission_denied", "FORBIDDEN"],
    ["a service that the contract does not name", "secret", stranger, "permission_denied", "FORBIDDEN"],
    ["an expired identity", "mine", expired, "unauthenticated", "IDENTITY_EXPIRED"],
    ["an identity signed by a foreign key", "mine", () => testIdentity().user(), "unauthenticated", "IDENTITY_INVALID"],
    ["a token that is none", "mine", async () => "let.me.in", "unauthenticated", "IDENTITY_INVALID"],
    ["two identities at once", "mine", twice, "unauthenticated", "IDENTITY_INVALID"],
    ["a bad identity, even where none is needed", "write", expired, "unauthenticated", "IDENTITY_EXPIRED"],
  ];

  function stranger(): Promise<string> {
    return identity.service("other", "echo");
  }

  async function twice(): Promise<string> {
    return `${await identity.user()}, ${await identity.user()}`;
  }

  test.each(refused)("%s", async (_, method, token, kind, reason) => {
    using transport = connectTo(server);
    const call = createClient(EchoService, transport)[method]({}, as(await token()));
    await expect(call).rejects.toMatchObject({ kind, reason });
  });

  test.each(forgedIdentities(identity, "caller", "echo"))(
    "$what, on every kind of method",
    async ({ token, reason }) => {
      using transport = connectTo(server);
      const client = createClient(EchoService, transport);
      const refusal = { kind: "unauthenticated", reason };
      await expect(client.mine({}, as(token))).rejects.toMatchObject(refusal);
      await expect(client.secret({}, as(token))).rejects.toMatchObject(refusal);
      await expect(client.write({}, as(token))).rejects.toMatchObject(refusal);
      await expect(client.count({ to: 1 }, as(token))[Symbol.asyncIterator]().next()).rejects.toMatchObject(refusal);
    },
  );

  test("everybody, where a method has no policy", async () => {
    const tokens = [undefined, await identity.user(), await identity.service("caller", "echo")];
    for (const token of tokens) {
      await expect(plain().unruled({}, as(token))).rejects.toMatchObject({ code: 7 });
    }
  });
});

test("a handler that needs a user refuses others by itself", async () => {
  await using open = await startEcho({ write: (_, context) => ({ text: userOf(context).userUuid }) });
  using transport = connectTo(open);
  await expect(createClient(EchoService, transport).write({})).rejects.toMatchObject({ kind: "unauthenticated" });
});

describe("a transport", () => {
  const call = (transport: Transport, token?: string) => createClient(EchoService, transport).secret({}, as(token));

  test("sends the identity it was given, asking for it each time", async () => {
    let asked = 0;
    using transport = connectTo(server, {
      identity: () => {
        asked++;
        return identity.service("caller", "echo");
      },
    });
    expect(await call(transport)).toMatchObject({ text: "service" });
    await call(transport);
    expect(asked).toBe(2);
  });

  test("leaves the identity alone that a call names itself", async () => {
    using transport = connectTo(server, { identity: () => identity.service("caller", "echo") });
    await expect(call(transport, await identity.user())).rejects.toMatchObject({ kind: "permission_denied" });
  });

  test("calls nothing that has no policy", async () => {
    using transport = connectTo(server);
    await expect(createClient(EchoService, transport).unruled({})).rejects.toMatchObject({ reason: "POLICY_MISSING" });
    expect(Object.keys(echoPolicies)).not.toContain("/fixture.v1.EchoService/Unruled");
  });
});
