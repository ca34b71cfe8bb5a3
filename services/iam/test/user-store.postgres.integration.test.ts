import { uuidv7 } from "@gantry/kernel";
import { type RawBuilder, sql } from "kysely";
import { describe, expect, test } from "vitest";
import type { NewUser } from "../src/app/ports.ts";
import { aDatabase, usersOf } from "./database.ts";

const postgres = await aDatabase();
const users = usersOf(postgres);
const at = new Date("2030-01-01T00:00:00.123Z");

function aUser(facts: Partial<NewUser> = {}): NewUser {
  const userUuid = uuidv7();
  return {
    userUuid,
    login: `u-${userUuid}`,
    email: "somebody@example.org",
    passwordHash: "$argon2id$v=19$m=19456,p=1,t=2$c2FsdA$aGFzaA",
    notificationMethods: [],
    createdAt: at,
    ...facts,
  };
}

describe("the table of users", () => {
  test.each([
    ["a login of another shape", { login: "Alice" }, "users_login_shape"],
    ["a login with a line break", { login: "alice\n" }, "users_login_shape"],
    ["an address out of bounds", { email: "x".repeat(255) }, "users_email_length"],
    ["a password that is not hashed", { passwordHash: "correct horse" }, "users_password_hash_shape"],
    [
      "a contact out of bounds",
      { notificationMethods: [{ provider: "EMAIL", contact: "" }] },
      "notification_method_contact_length",
    ],
  ] as const)("refuses %s, and keeps nothing of that person", async (_what, facts, constraint) => {
    const user = aUser(facts);
    await expect(users.add(user)).rejects.toMatchObject({ meta: { constraint } });
    expect(await users.find(user.userUuid)).toBeUndefined();
  });

  test("refuses a provider named twice", async () => {
    const method = { provider: "EMAIL", contact: "a@example.org" } as const;
    const user = aUser({ notificationMethods: [method, method] });
    await expect(users.add(user)).rejects.toMatchObject({ meta: { constraint: "notification_method_pkey" } });
  });

  test.each([
    ["a session epoch that goes back", sql`update users set session_epoch = 1`],
    ["a provider that there is not", sql`update notification_method set provider = 'PIGEON'`],
    ["a ninth method", sql`update notification_method set position = 9`],
  ] satisfies [string, RawBuilder<unknown>][])("refuses %s", async (_what, statement) => {
    const user = aUser({ notificationMethods: [{ provider: "EMAIL", contact: "a@example.org" }] });
    await users.add(user);
    await sql`update users set session_epoch = 2 where user_uuid = ${user.userUuid}`.execute(postgres.db);
    await expect(statement.execute(postgres.db)).rejects.toMatchObject({ name: "AppError" });
  });
});

test("of 20 who want one login at once, one gets it", async () => {
  const { login } = aUser();
  const outcomes = await Promise.allSettled(Array.from({ length: 20 }, () => users.add(aUser({ login }))));
  expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
  for (const outcome of outcomes)
    if (outcome.status === "rejected") expect(outcome.reason).toMatchObject({ reason: "LOGIN_TAKEN" });
});

describe("a hash that is renewed", () => {
  test("takes the place of the one that was checked", async () => {
    const user = aUser();
    await users.add(user);
    await users.rehash(user.userUuid, user.passwordHash, `${user.passwordHash}B`);
    expect(await users.credentialsOf(user.login)).toMatchObject({ passwordHash: `${user.passwordHash}B`, epoch: 1 });
  });

  test("does not bring back a password that was changed meanwhile", async () => {
    const user = aUser();
    await users.add(user);
    const { userUuid, passwordHash } = user;
    const next = `${passwordHash}C`;
    const session = { sessionUuid: uuidv7(), epoch: 1 };
    expect(await users.changePassword({ userUuid, passwordHash: next, session, at })).toBe(2);
    await users.rehash(userUuid, passwordHash, `${passwordHash}B`);
    expect(await users.credentialsOfUser(userUuid)).toMatchObject({ passwordHash: next, epoch: 2 });
  });
});

describe("a password", () => {
  const change = (user: NewUser, session: { sessionUuid: string; epoch: number }) =>
    users.changePassword({ userUuid: user.userUuid, passwordHash: `${user.passwordHash}D`, session, at });

  test("is not changed by a session of an earlier epoch, or by one that was logged out", async () => {
    const user = aUser();
    await users.add(user);
    const session = { sessionUuid: uuidv7(), epoch: 1 };
    await postgres.db.insertInto("ended_session").values({ session_uuid: session.sessionUuid, until: at }).execute();
    expect(await change(user, session)).toBeUndefined();
    expect(await change(user, { sessionUuid: uuidv7(), epoch: 0 })).toBeUndefined();
    expect(await users.credentialsOf(user.login)).toMatchObject({ passwordHash: user.passwordHash, epoch: 1 });
  });
});
