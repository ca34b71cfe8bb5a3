import { create, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { LoginRequestSchema } from "@gantry/gen/proto/gantry/iam/v1/auth_service_pb";
import { type NotificationMethodSchema, NotificationProvider } from "@gantry/gen/proto/gantry/iam/v1/user_pb";
import { describe, expect, test } from "vitest";
import { aService } from "./fixture.ts";
import { aPerson, drive } from "./people.ts";

const service = await aService();
const { nobody, gateway, order, register, logIn } = drive(service);

const post = (method: string, body: string | Uint8Array<ArrayBuffer>, type = "application/json"): Promise<Response> =>
  fetch(`${service.url}/gantry.iam.v1.${method}`, { method: "POST", headers: { "content-type": type }, body });

const refusedField = (field: string) => ({
  kind: "invalid_argument",
  violations: expect.arrayContaining([expect.objectContaining({ field })]),
});

const telegram = (contact: string) => ({ provider: NotificationProvider.TELEGRAM, contact });

interface Registration {
  readonly login?: string;
  readonly email?: string;
  readonly password?: string;
  readonly notificationMethods?: MessageInitShape<typeof NotificationMethodSchema>[];
}

/** What is wrong, and where the answer says that it is. */
const badRegistrations: readonly [string, Registration, string][] = [
  ["a login of two characters", { login: "ab" }, "login"],
  ["a login of 65 characters", { login: "a".repeat(65) }, "login"],
  ["a login with capitals", { login: "Alice" }, "login"],
  ["a login that begins with a dot", { login: ".alice" }, "login"],
  ["a login with a line behind it", { login: "alice\n" }, "login"],
  ["a login with letters of another script", { login: "аlice" }, "login"],
  ["no login", { login: "" }, "login"],
  ["an address that is none", { email: "nobody" }, "email"],
  ["an address of 255 characters", { email: `${"a".repeat(243)}@example.org` }, "email"],
  ["an address with NUL", { email: "a\u0000@example.org" }, "email"],
  ["a password of seven characters", { password: "sevench" }, "password"],
  ["a password of seven characters in eight code points", { password: "sevenc\u0065\u0301" }, "password"],
  ["a password of 1025 bytes", { password: "é".repeat(513) }, "password"],
  ["a password with NUL", { password: "good\u0000 password" }, "password"],
  ["a password with a line break", { password: "good\npassword" }, "password"],
  ["a contact without characters", { notificationMethods: [telegram("")] }, "notification_methods[0].contact"],
  [
    "a contact of 255 characters",
    { notificationMethods: [telegram("1".repeat(255))] },
    "notification_methods[0].contact",
  ],
  ["a contact with NUL", { notificationMethods: [telegram("1\u0000")] }, "notification_methods[0].contact"],
  ["a provider named twice", { notificationMethods: [telegram("1"), telegram("2")] }, "notification_methods"],
  ["no provider", { notificationMethods: [{ provider: 0, contact: "1" }] }, "notification_methods[0].provider"],
];

describe("Register refuses", () => {
  test.each(badRegistrations)("%s", async (_what, facts, field) => {
    await expect(nobody.users.register({ ...aPerson(), ...facts })).rejects.toMatchObject(refusedField(field));
  });

  test("a provider that it does not know", async () => {
    const registration = { ...aPerson(), notificationMethods: [{ provider: 99, contact: "1" }] };
    const response = await post("UserService/Register", JSON.stringify(registration));
    expect([response.status, await response.json()]).toEqual([
      400,
      expect.objectContaining({ code: "invalid_argument" }),
    ]);
  });

  test("nothing at the bounds themselves", async () => {
    const { login } = aPerson();
    await register(aPerson({ login: login.slice(-3), password: "12345678" }));
    await register(aPerson({ login: login.padEnd(64, "x"), password: "é".repeat(512) }));
    const email = `${"a".repeat(64)}@${"b".repeat(60)}.${"c".repeat(60)}.${"d".repeat(60)}.org`;
    await nobody.users.register({ ...aPerson({ email }), notificationMethods: [telegram("ü".repeat(254))] });
  });
});

describe("a password", () => {
  test("is the same in whatever normal form it arrives, and with whatever spaces", async () => {
    const composed = "caf\u00e9 \u1e9b\u0323 \uac00";
    const person = aPerson({ password: composed });
    await register(person);
    for (const password of [composed.normalize("NFD"), composed.replaceAll(" ", "\u00a0"), composed])
      expect((await logIn({ ...person, password })).token).toHaveLength(43);
    await expect(logIn({ ...person, password: "cafe \u1e9b\u0323 \uac00" })).rejects.toMatchObject({
      reason: "CREDENTIALS_INVALID",
    });
  });

  test("that can be told apart is not folded", async () => {
    const person = aPerson({ password: "o\ufb03ce \u00b2\u00b2\u00b2" });
    await register(person);
    await expect(logIn({ ...person, password: "office 222" })).rejects.toMatchObject({ reason: "CREDENTIALS_INVALID" });
  });

  test("of 10 MB is refused, on every protocol, and the service goes on", async () => {
    const person = aPerson();
    await register(person);
    const body = JSON.stringify({ login: person.login, password: "x".repeat(10_000_000) });
    const response = await post("AuthService/Login", body);
    expect(response.status).toBe(429); // resource_exhausted: Connect's code for a message over the limit
    const binary = toBinary(LoginRequestSchema, create(LoginRequestSchema, JSON.parse(body)));
    expect((await post("AuthService/Login", new Uint8Array(binary), "application/proto")).status).toBe(429);
    await expect(nobody.auth.login({ ...person, password: "x".repeat(1_000_000) })).rejects.toMatchObject(
      refusedField("password"),
    );
    expect((await logIn(person)).token).toHaveLength(43);
  });

  test("that is not UTF-8 is refused, in JSON and in binary", async () => {
    const { login } = aPerson();
    const bytes = Buffer.concat([
      Buffer.from(`{"login":"${login}","password":"good `),
      Buffer.from([0xff, 0xc0, 0x80]),
      Buffer.from('"}'),
    ]);
    const json = await post("AuthService/Login", new Uint8Array(bytes));
    expect([json.status, (await json.json()) as unknown]).toEqual([
      400,
      expect.objectContaining({ code: "invalid_argument" }),
    ]);
    const binary = toBinary(LoginRequestSchema, create(LoginRequestSchema, { login, password: "good password" }));
    binary.set([0xff, 0xc0, 0x80], binary.length - 3);
    expect((await post("AuthService/Login", new Uint8Array(binary), "application/proto")).status).toBe(400);
    const surrogate = await post("AuthService/Login", `{"login":"${login}","password":"good \\ud800"}`);
    expect(surrogate.status).toBe(400);
  });
});

test("ChangePassword says which of its passwords is bad", async () => {
  const person = aPerson();
  await register(person);
  const { users } = await logIn(person);
  const { password: good } = person;
  for (const [change, field] of [
    [{ currentPassword: good, newPassword: "\u0000 password" }, "new_password"],
    [{ currentPassword: good, newPassword: "short" }, "new_password"],
    [{ currentPassword: "a\u0000", newPassword: good }, "current_password"],
    [{ currentPassword: "", newPassword: good }, "current_password"],
  ] as const)
    await expect(users.changePassword(change)).rejects.toMatchObject(refusedField(field));
});

describe("a session token", () => {
  test("of 1 MB is refused before it is looked at, one of 512 bytes is answered as unknown", async () => {
    await expect(gateway.checkSession({ sessionToken: "x".repeat(1_000_000) })).rejects.toMatchObject(
      refusedField("session_token"),
    );
    await expect(gateway.checkSession({ sessionToken: "" })).rejects.toMatchObject(refusedField("session_token"));
    await expect(gateway.checkSession({ sessionToken: "x".repeat(512) })).rejects.toMatchObject({
      reason: "SESSION_INVALID",
    });
  });
});

test("ListLiveSessions refuses more than a thousand, none, and what is no UUID", async () => {
  const uuid = (n: number) => `00000000-0000-7000-8000-${String(n).padStart(12, "0")}`;
  const many = Array.from({ length: 1001 }, (_, n) => uuid(n));
  for (const sessionUuids of [many, []])
    await expect(order.listLiveSessions({ sessionUuids })).rejects.toMatchObject(refusedField("session_uuids"));
  await expect(order.listLiveSessions({ sessionUuids: ["42"] })).rejects.toMatchObject(
    refusedField("session_uuids[0]"),
  );
  expect((await order.listLiveSessions({ sessionUuids: many.slice(1) })).sessionUuids).toEqual([]);
});
