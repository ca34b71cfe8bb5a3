import { timestampDate } from "@bufbuild/protobuf/wkt";
import { uuidv7 } from "@gantry/kernel";
import { describe, expect, test } from "vitest";
import { onEachStore } from "./fixture.ts";
import { aPerson, drive } from "./people.ts";

describe.each(await onEachStore())("with sessions in $store", (service) => {
  const { nobody, gateway, order, notification, verifier, register, logIn, opens } = drive(service);
  const sessionInvalid = { kind: "unauthenticated", reason: "SESSION_INVALID" };

  /** A person who has registered and logged in. */
  async function someone() {
    const person = aPerson();
    await register(person);
    return { person, ...(await logIn(person)) };
  }

  describe("Login", () => {
    test("begins a session of 24 hours whose token opens it", async () => {
      const person = aPerson();
      const userUuid = await register(person);
      const { token, session } = await logIn(person);
      expect(token).toMatch(/^[A-Za-z0-9_-]{43}$/);
      expect(session).toMatchObject({ userUuid });
      const [begun, ends] = [session?.createdAt, session?.expiresAt].map((at) =>
        at ? timestampDate(at).getTime() : 0,
      );
      expect((ends ?? 0) - (begun ?? 0)).toBe(86_400_000);
      expect(await opens(token)).toBe(true);
    });

    test("begins another session each time and leaves the others as they are", async () => {
      const { person, token, sessionUuid } = await someone();
      const second = await logIn(person);
      expect(second.token).not.toBe(token);
      expect(second.sessionUuid).not.toBe(sessionUuid);
      expect([await opens(token), await opens(second.token)]).toEqual([true, true]);
    });

    test("answers a wrong login and a wrong password the same", async () => {
      const person = aPerson();
      await register(person);
      const answers = [];
      for (const wrong of [{ ...person, password: "wrong" }, aPerson(), { ...person, login: "No such login" }])
        answers.push(await nobody.auth.login(wrong).catch(({ kind, reason, message }) => ({ kind, reason, message })));
      expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
      expect(answers[0]).toMatchObject({ kind: "unauthenticated", reason: "CREDENTIALS_INVALID" });
    });
  });

  describe("CheckSession", () => {
    test("gives a signed identity that names the person and the session, in the headers too", async () => {
      const { token, userUuid, sessionUuid } = await someone();
      let headers = new Headers();
      const answer = await gateway.checkSession({ sessionToken: token }, { onHeader: (given) => (headers = given) });
      expect(await verifier.verify(answer.identity)).toMatchObject({ kind: "user", userUuid, sessionUuid });
      expect(answer.userUuid).toBe(userUuid);
      expect(headers.get("x-gantry-identity")).toBe(answer.identity);
      expect(headers.get("x-gantry-user")).toBe(userUuid);
      const leftMs = (answer.expiresAt ? timestampDate(answer.expiresAt).getTime() : 0) - Date.now();
      expect(leftMs).toBeGreaterThan(60_000);
      expect(leftMs).toBeLessThanOrEqual(120_000);
    });

    test("gives the same identity again while it lasts, and another to another session", async () => {
      const { token, person } = await someone();
      const { token: other } = await logIn(person);
      const identityOf = async (sessionToken: string) => (await gateway.checkSession({ sessionToken })).identity;
      const first = await identityOf(token);
      expect(await identityOf(token)).toBe(first);
      expect(await identityOf(other)).not.toBe(first);
    });

    test("refuses what is no token as it refuses an unknown one", async () => {
      const { token } = await someone();
      const last = token.at(-1) === "A" ? "B" : "A";
      const altered = `${token.slice(0, -1)}${last}`;
      for (const sessionToken of [
        "x",
        altered,
        token.slice(1),
        `${token}A`,
        `${token}=`,
        ` ${token}`,
        "\u0000",
        "é".repeat(43),
      ])
        await expect(gateway.checkSession({ sessionToken })).rejects.toMatchObject(sessionInvalid);
    });
  });

  describe("Logout", () => {
    test("ends the session that the call was made with, and no other; twice is a success", async () => {
      const { person, token, auth } = await someone();
      const other = await logIn(person);
      await auth.logout({});
      await auth.logout({});
      expect([await opens(token), await opens(other.token)]).toEqual([false, true]);
      await expect(auth.whoami({})).rejects.toMatchObject(sessionInvalid);
    });
  });

  describe("LogoutEverywhere", () => {
    test("ends every session of the caller, this one too, and says how many; those of others live", async () => {
      const { person, token, auth } = await someone();
      const [other, stranger] = [await logIn(person), await someone()];
      expect(await auth.logoutEverywhere({})).toMatchObject({ ended: 2 });
      expect(await auth.logoutEverywhere({})).toMatchObject({ ended: 0 });
      expect([await opens(token), await opens(other.token), await opens(stranger.token)]).toEqual([false, false, true]);
      expect(await opens((await logIn(person)).token)).toBe(true);
    });
  });

  describe("ListLiveSessions", () => {
    test("names those that have not ended, whoever they belong to", async () => {
      const [here, gone, other] = [await someone(), await someone(), await someone()];
      await gone.auth.logout({});
      const asked = [here.sessionUuid, gone.sessionUuid, uuidv7(), other.sessionUuid.toUpperCase()];
      const { sessionUuids } = await order.listLiveSessions({ sessionUuids: asked });
      expect([...sessionUuids].sort()).toEqual([here.sessionUuid, other.sessionUuid].sort());
    });
  });

  describe("who may call", () => {
    test("is as the contract says, for each method", async () => {
      const { token, auth, users, userUuid, sessionUuid } = await someone();
      const denied = { kind: "permission_denied" };
      for (const caller of [auth, order])
        await expect(caller.checkSession({ sessionToken: token })).rejects.toMatchObject(denied);
      for (const caller of [auth, gateway])
        await expect(caller.listLiveSessions({ sessionUuids: [sessionUuid] })).rejects.toMatchObject(denied);
      await expect(users.getUser({ userUuid })).rejects.toMatchObject(denied);
      for (const call of [gateway.logout, gateway.logoutEverywhere, gateway.whoami])
        await expect(call({})).rejects.toMatchObject(denied);
      await expect(notification.setNotificationMethods({})).rejects.toMatchObject(denied);
      for (const call of [nobody.auth.logout, nobody.auth.logoutEverywhere, nobody.auth.whoami])
        await expect(call({})).rejects.toMatchObject({ kind: "unauthenticated" });
      await expect(nobody.auth.checkSession({ sessionToken: token })).rejects.toMatchObject({
        kind: "unauthenticated",
      });
    });
  });
});
