import { AppError } from "@gantry/kernel";
import { describe, expect, test } from "vitest";
import type { SessionStore, StoredSession } from "../src/app/session-store.ts";
import { openDatabase } from "./database.ts";
import { aService, type RunningService } from "./fixture.ts";
import { aPerson, drive } from "./people.ts";

/** A store that answers every write with success, and loses all of them but the begin of a session. */
class ForgetfulSessionStore implements SessionStore {
  readonly #sessions = new Map<string, StoredSession>();

  async begin(session: StoredSession): Promise<void> {
    this.#sessions.set(session.tokenHash, session);
  }

  async use(tokenHash: string): Promise<StoredSession | undefined> {
    return this.#sessions.get(tokenHash);
  }

  async find(sessionUuids: readonly string[]): Promise<readonly StoredSession[]> {
    return [...this.#sessions.values()].filter(({ sessionUuid }) => sessionUuids.includes(sessionUuid));
  }

  async end(): Promise<void> {}

  async endAll(): Promise<number> {
    return 0;
  }

  async moveToEpoch(): Promise<void> {}
}

/** A store that can be read, and that fails on every write but the begin of a session. */
class FailingSessionStore extends ForgetfulSessionStore {
  override end = unavailable;
  override endAll = unavailable;
  override moveToEpoch = unavailable;
}

const unavailable = (): Promise<never> =>
  Promise.reject(new AppError({ kind: "unavailable", reason: "STORE_GONE", message: "Gone." }));

const service = await aService({ sessions: new ForgetfulSessionStore() });
const failing = await aService({ sessions: new FailingSessionStore(), logLevel: "warn" });

async function someoneTwice(at: RunningService = service) {
  const { order, register, logIn, opens } = drive(at);
  const person = aPerson();
  await register(person);
  const [own, other] = [await logIn(person), await logIn(person)];
  const live = async () => {
    const { sessionUuids } = await order.listLiveSessions({ sessionUuids: [own.sessionUuid, other.sessionUuid] });
    const listed = [own, other].map(({ sessionUuid }) => sessionUuids.includes(sessionUuid));
    expect([await opens(own.token), await opens(other.token)]).toEqual(listed);
    return listed;
  };
  return { person, own, other, live };
}

describe("with a store that lost every write, a session does not come back", () => {
  test("after Logout", async () => {
    const { own, live } = await someoneTwice();
    await own.auth.logout({});
    expect(await live()).toEqual([false, true]);
    await expect(own.auth.whoami({})).rejects.toMatchObject({ reason: "SESSION_INVALID" });
  });

  test("after LogoutEverywhere", async () => {
    const { own, live } = await someoneTwice();
    await own.auth.logoutEverywhere({});
    expect(await live()).toEqual([false, false]);
  });

  test("after ChangePassword, not even the own one: it has to log in again", async () => {
    const { person, own, live } = await someoneTwice();
    await own.users.changePassword({ currentPassword: person.password, newPassword: "battery staple" });
    expect(await live()).toEqual([false, false]);
  });

  test("when its person is gone", async () => {
    const { own, live } = await someoneTwice();
    const postgres = openDatabase(service.postgresUrl);
    await postgres.db.deleteFrom("users").where("user_uuid", "=", own.userUuid).execute();
    expect(await live()).toEqual([false, false]);
  });
});

describe("with a store that fails", () => {
  const logged = (message: string): boolean => failing.lines.some((line) => line.includes(message));

  test("Logout ends the session all the same, and says so", async () => {
    const { own, live } = await someoneTwice(failing);
    await own.auth.logout({});
    expect(await live()).toEqual([false, true]);
    expect(logged("an ended session was not deleted")).toBe(true);
  });

  test("ChangePassword changes it all the same, and says so", async () => {
    const { person, own, live } = await someoneTwice(failing);
    await own.users.changePassword({ currentPassword: person.password, newPassword: "battery staple" });
    expect(await live()).toEqual([false, false]);
    expect(logged("sessions were not cleared after a change of password")).toBe(true);
    expect((await drive(failing).logIn({ ...person, password: "battery staple" })).token).toHaveLength(43);
  });

  test("LogoutEverywhere cannot say how many it ended, and has ended them", async () => {
    const { own, live } = await someoneTwice(failing);
    await expect(own.auth.logoutEverywhere({})).rejects.toMatchObject({ kind: "unavailable", reason: "STORE_GONE" });
    expect(await live()).toEqual([false, false]);
  });
});
