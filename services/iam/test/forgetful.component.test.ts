import { describe, expect, test } from "vitest";
import type { SessionStore, StoredSession } from "../src/app/session-store.ts";
import { openDatabase } from "./database.ts";
import { aService } from "./fixture.ts";
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

const service = await aService({ sessions: new ForgetfulSessionStore() });
const { order, register, logIn, opens } = drive(service);

async function someoneTwice() {
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
