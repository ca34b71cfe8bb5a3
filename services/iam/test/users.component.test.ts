import { NotificationProvider } from "@gantry/gen/proto/gantry/iam/v1/user_pb";
import { isUuid, uuidv7 } from "@gantry/kernel";
import { hash } from "argon2";
import { describe, expect, test } from "vitest";
import { openDatabase, usersOf } from "./database.ts";
import { clientsOf, onEachStore } from "./fixture.ts";
import { aPerson, drive, reasonOf } from "./people.ts";

describe.each(await onEachStore())("with sessions in $store", (service) => {
  const { nobody, notification, register, logIn, opens } = drive(service);

  const telegram = { provider: NotificationProvider.TELEGRAM, contact: "123456789" };
  const mail = { provider: NotificationProvider.EMAIL, contact: "somebody@example.org" };
  const credentialsInvalid = { kind: "unauthenticated", reason: "CREDENTIALS_INVALID" };

  async function someone() {
    const person = aPerson();
    await register(person);
    return { person, ...(await logIn(person)) };
  }

  describe("Register", () => {
    test("makes a person whom Whoami shows to themselves and GetUser to services", async () => {
      const person = { ...aPerson(), notificationMethods: [mail, telegram] };
      const { userUuid } = await nobody.users.register(person);
      expect(isUuid(userUuid)).toBe(true);
      const { auth } = await logIn(person);
      const { user } = await auth.whoami({});
      const { login, email, notificationMethods } = person;
      expect(user).toMatchObject({ userUuid, login, email, notificationMethods });
      expect(await notification.getUser({ userUuid: userUuid.toUpperCase() })).toMatchObject({ user });
    });

    test("gives a login to one of 20 who want it at once", async () => {
      const { login } = aPerson();
      const outcomes = await Promise.all(
        Array.from({ length: 20 }, () => register({ ...aPerson(), login }).then(isUuid, reasonOf)),
      );
      expect(outcomes.filter((outcome) => outcome === true)).toHaveLength(1);
      expect(outcomes.filter((outcome) => outcome === "LOGIN_TAKEN")).toHaveLength(19);
    });

    test("refuses a login that is taken, without a trace of the second", async () => {
      const { person, userUuid } = await someone();
      const second = { ...aPerson(), login: person.login, notificationMethods: [mail] };
      await expect(nobody.users.register(second)).rejects.toMatchObject({
        kind: "already_exists",
        reason: "LOGIN_TAKEN",
      });
      expect((await notification.getUser({ userUuid })).user?.notificationMethods).toEqual([]);
    });
  });

  test("Login renews a hash that was made with other parameters, and lets the person in", async () => {
    const person = aPerson();
    const userUuid = await register(person);
    const postgres = openDatabase(service.postgresUrl);
    const old = await hash(person.password, { memoryCost: 19_456, timeCost: 3, parallelism: 1 });
    await postgres.db.updateTable("users").set({ password_hash: old }).where("user_uuid", "=", userUuid).execute();
    const { token } = await logIn(person);
    expect(await usersOf(postgres).credentialsOf(person.login)).toMatchObject({
      passwordHash: expect.stringContaining("t=2"),
    });
    expect(await opens(token)).toBe(true);
    expect(await opens((await logIn(person)).token)).toBe(true);
  });

  test("GetUser knows nobody whom there is not", async () => {
    await expect(notification.getUser({ userUuid: uuidv7() })).rejects.toMatchObject({
      kind: "not_found",
      reason: "USER_NOT_FOUND",
    });
  });

  describe("SetNotificationMethods", () => {
    test("replaces them all, none included, and gives the person as they are now", async () => {
      const { users, userUuid } = await someone();
      for (const notificationMethods of [[telegram], [mail, telegram], [telegram, mail], []]) {
        expect((await users.setNotificationMethods({ notificationMethods })).user).toMatchObject({
          notificationMethods,
        });
        expect((await notification.getUser({ userUuid })).user?.notificationMethods).toHaveLength(
          notificationMethods.length,
        );
      }
    });

    test("never mixes the lists of callers at the same time", async () => {
      const { users, userUuid } = await someone();
      const lists = Array.from({ length: 10 }, (_, n) => [
        { ...telegram, contact: `${n}` },
        { ...mail, contact: `${n}@example.org` },
      ]);
      await Promise.all(lists.map((notificationMethods) => users.setNotificationMethods({ notificationMethods })));
      const { user } = await notification.getUser({ userUuid });
      const [first, second] = user?.notificationMethods ?? [];
      expect(second?.contact).toBe(`${first?.contact}@example.org`);
    });

    test("is refused to a person who is not there any more", async () => {
      const { identity, url } = service;
      const ghost = clientsOf(url, () => identity.user());
      await expect(ghost.users.setNotificationMethods({})).rejects.toMatchObject({ reason: "SESSION_INVALID" });
      await expect(ghost.auth.whoami({})).rejects.toMatchObject({ reason: "SESSION_INVALID" });
      await expect(ghost.auth.logoutEverywhere({})).rejects.toMatchObject({ reason: "SESSION_INVALID" });
    });
  });

  describe("ChangePassword", () => {
    test("sets the new one, keeps this session and ends the others", async () => {
      const { person, token, users } = await someone();
      const other = await logIn(person);
      await users.changePassword({ currentPassword: person.password, newPassword: "battery staple" });
      expect([await opens(token), await opens(other.token)]).toEqual([true, false]);
      await expect(logIn(person)).rejects.toMatchObject(credentialsInvalid);
      expect(await opens((await logIn({ ...person, password: "battery staple" })).token)).toBe(true);
      await users.changePassword({ currentPassword: "battery staple", newPassword: person.password });
      expect(await opens(token)).toBe(true);
    });

    test("needs the current one, and changes nothing without", async () => {
      const { person, users, token } = await someone();
      const other = await logIn(person);
      const change = { currentPassword: "not the one", newPassword: "battery staple" };
      await expect(users.changePassword(change)).rejects.toMatchObject(credentialsInvalid);
      expect([await opens(token), await opens(other.token)]).toEqual([true, true]);
      expect(await opens((await logIn(person)).token)).toBe(true);
    });

    test("is refused to an identity whose session has ended", async () => {
      const { person, users, auth } = await someone();
      await auth.logout({});
      const change = { currentPassword: person.password, newPassword: "battery staple" };
      await expect(users.changePassword(change)).rejects.toMatchObject({ reason: "SESSION_INVALID" });
      expect(await opens((await logIn(person)).token)).toBe(true);
    });

    test("by two sessions at once succeeds for one, and the other has ended", async () => {
      const { person, users, token } = await someone();
      const other = await logIn(person);
      const change = (by: typeof users, newPassword: string) =>
        by.changePassword({ currentPassword: person.password, newPassword }).then(() => "changed", reasonOf);
      const outcomes = await Promise.all([change(users, "the first wish"), change(other.users, "the second wish")]);
      expect(outcomes.filter((outcome) => outcome === "changed")).toHaveLength(1);
      const live = [await opens(token), await opens(other.token)];
      expect(live).toEqual(outcomes.map((outcome) => outcome === "changed"));
    });

    test("ends a session that logs in with the old password at the same moment", async () => {
      const { person, users } = await someone();
      const attempt = () =>
        logIn(person).then(
          ({ token }) => token,
          () => undefined,
        );
      const change = users.changePassword({ currentPassword: person.password, newPassword: "battery staple" });
      const tokens = await Promise.all([attempt(), attempt(), attempt(), change.then(() => undefined)]);
      for (const token of tokens) if (token !== undefined) expect(await opens(token)).toBe(false);
    });
  });
});
