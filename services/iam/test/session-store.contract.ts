import { createHash, randomBytes } from "node:crypto";
import { uuidv7 } from "@gantry/kernel";
import { eventually } from "@gantry/testing";
import { beforeAll, describe, expect, test } from "vitest";
import type { SessionStore, StoredSession } from "../src/app/ports.ts";

/** A store, and what a test may do to it. */
export interface SessionStoreLab {
  readonly store: SessionStore;
  /** Breaks the way to it, until `heal`. */
  cut(): void;
  heal(): void;
  /** Everything that can be read there, names included. */
  everything(): Promise<string>;
}

const HOUR_MS = 3_600_000;
const IDLE_MS = 2 * HOUR_MS;
const LIFE_MS = 24 * HOUR_MS;
const MINUTE_MS = 60_000;

const after = (time: Date, ms: number): Date => new Date(time.getTime() + ms);
const newToken = (): string => randomBytes(32).toString("base64url");
const hashOf = (token: string): string => createHash("sha256").update(token).digest("hex");
const idsOf = (sessions: readonly StoredSession[]): string[] =>
  sessions.map(({ sessionUuid }) => sessionUuid).toSorted();

/** A session that begins now: a store may forget by its own clock what is over by that. */
export function aSession(facts: Partial<StoredSession> = {}): StoredSession {
  const createdAt = facts.createdAt ?? new Date();
  return {
    sessionUuid: uuidv7(),
    userUuid: uuidv7(),
    tokenHash: hashOf(newToken()),
    epoch: 1,
    createdAt,
    expiresAt: after(createdAt, LIFE_MS),
    lastSeenAt: createdAt,
    ...facts,
  };
}

/**
 * What every SessionStore promises.
 * @param open makes one that may hold others' sessions, and was made with this idle time
 */
export function sessionStoreContract(name: string, open: (idleMs: number) => Promise<SessionStoreLab>): void {
  describe(`${name} as a SessionStore`, () => {
    let lab: SessionStoreLab;
    let store: SessionStore;
    beforeAll(async () => {
      lab = await open(IDLE_MS);
      store = lab.store;
    });

    /** Begun, in the store. */
    const begun = async (facts: Partial<StoredSession> = {}): Promise<StoredSession> => {
      const session = aSession(facts);
      await store.begin(session);
      return session;
    };
    const isLive = async ({ sessionUuid }: StoredSession, at: Date) =>
      (await store.find([sessionUuid], at)).length === 1;

    describe("begin, use and find", () => {
      test("give back every fact of a session", async () => {
        const session = await begun({ epoch: 7, createdAt: new Date(Date.now() - 1) });
        const at = after(session.createdAt, 1);
        expect(await store.use(session.tokenHash, at)).toEqual(session);
        expect(await store.find([session.sessionUuid], at)).toEqual([session]);
      });

      test("know nothing of what never was", async () => {
        const { tokenHash, sessionUuid } = aSession();
        expect(await store.use(tokenHash, new Date())).toBeUndefined();
        expect(await store.find([sessionUuid], new Date())).toEqual([]);
        expect(await store.find([], new Date())).toEqual([]);
      });

      test("do not take an id for a token, nor a token for its hash", async () => {
        const token = newToken();
        const { sessionUuid } = await begun({ tokenHash: hashOf(token) });
        expect(await store.use(token, new Date())).toBeUndefined();
        expect(await store.use(sessionUuid, new Date())).toBeUndefined();
      });

      test("keep the sessions of one person apart", async () => {
        const userUuid = uuidv7();
        const [one, other] = [await begun({ userUuid }), await begun({ userUuid })];
        expect(await store.use(one.tokenHash, one.createdAt)).toEqual(one);
        expect(await store.use(other.tokenHash, other.createdAt)).toEqual(other);
      });

      test("find those of 1,000 ids that are there", async () => {
        const there = await Promise.all(Array.from({ length: 200 }, () => begun()));
        const absent = Array.from({ length: 800 }, () => uuidv7());
        const asked = [...there.map(({ sessionUuid }) => sessionUuid), ...absent].toSorted();
        expect(idsOf(await store.find(asked, new Date()))).toEqual(idsOf(there));
      });
    });

    describe("a session", () => {
      test("is over at the very moment at which it expires, however much it is used", async () => {
        const session = await begun();
        const { tokenHash, createdAt, expiresAt } = session;
        for (let at = createdAt; at < expiresAt; at = after(at, IDLE_MS / 2))
          expect(await store.use(tokenHash, at)).toBeDefined();
        expect(await store.use(tokenHash, after(expiresAt, -1))).toBeDefined();
        expect(await isLive(session, after(expiresAt, -1))).toBe(true);
        for (const at of [expiresAt, after(expiresAt, 1), after(expiresAt, LIFE_MS)]) {
          expect(await store.use(tokenHash, at)).toBeUndefined();
          expect(await isLive(session, at)).toBe(false);
        }
      });

      test("is over at the very moment at which it has not been used for the idle time", async () => {
        const session = await begun();
        const over = after(session.lastSeenAt, IDLE_MS);
        expect(await isLive(session, after(over, -1))).toBe(true);
        expect(await isLive(session, over)).toBe(false);
        expect(await store.use(session.tokenHash, over)).toBeUndefined();
        expect(await store.endAll(session.userUuid, over)).toBe(0);
      });

      test("is kept alive by its use, to within a minute", async () => {
        const session = await begun();
        const used = after(session.lastSeenAt, IDLE_MS - 1);
        expect(await store.use(session.tokenHash, used)).toMatchObject({ lastSeenAt: used });
        expect(await isLive(session, after(used, IDLE_MS - 1))).toBe(true);
        expect(await isLive(session, after(used, IDLE_MS))).toBe(false);

        const soon = after(used, MINUTE_MS - 1);
        await store.use(session.tokenHash, soon);
        const [kept] = await store.find([session.sessionUuid], soon);
        expect(soon.getTime() - Number(kept?.lastSeenAt)).toBeLessThan(MINUTE_MS);
      });

      test("is not kept alive by looking for it", async () => {
        const session = await begun();
        const over = after(session.lastSeenAt, IDLE_MS);
        await store.find([session.sessionUuid], after(over, -1));
        expect(await isLive(session, over)).toBe(false);
      });

      test("is not made older by a replica whose clock is behind", async () => {
        const session = await begun();
        const used = after(session.lastSeenAt, IDLE_MS / 2);
        await store.use(session.tokenHash, used);
        await store.use(session.tokenHash, session.createdAt);
        expect(await isLive(session, after(used, IDLE_MS - 1))).toBe(true);
      });

      test("used by many at once is one session, kept alive", async () => {
        const session = await begun();
        const moments = Array.from({ length: 50 }, (_, minute) => after(session.lastSeenAt, minute * MINUTE_MS));
        const answers = await Promise.all(moments.map((at) => store.use(session.tokenHash, at)));
        expect(new Set(answers.map((found) => found?.sessionUuid))).toEqual(new Set([session.sessionUuid]));
        const last = after(session.lastSeenAt, 49 * MINUTE_MS);
        expect(await isLive(session, after(last, IDLE_MS - 1))).toBe(true);
        expect(await isLive(session, after(last, IDLE_MS))).toBe(false);
      });
    });

    describe("end", () => {
      test("ends one session, by its token and by its id", async () => {
        const userUuid = uuidv7();
        const [one, other] = [await begun({ userUuid }), await begun({ userUuid })];
        await store.end(one.sessionUuid);
        expect(await store.use(one.tokenHash, new Date())).toBeUndefined();
        expect(await isLive(one, new Date())).toBe(false);
        expect(await isLive(other, new Date())).toBe(true);
        expect(await store.endAll(userUuid, new Date())).toBe(1);
      });

      test("of what is not there, or twice, is a success", async () => {
        const session = await begun();
        await store.end(uuidv7());
        await store.end(session.sessionUuid);
        await store.end(session.sessionUuid);
      });

      test("while it is used: no use after it sees the session", async () => {
        const session = await begun();
        const use = () => store.use(session.tokenHash, after(session.lastSeenAt, 5 * MINUTE_MS));
        const uses = Array.from({ length: 20 }, use);
        await Promise.all([store.end(session.sessionUuid), ...uses]);
        expect(await use()).toBeUndefined();
        expect(await isLive(session, new Date())).toBe(false);
      });
    });

    describe("endAll", () => {
      test("ends all sessions of a person and nobody else's", async () => {
        const userUuid = uuidv7();
        const [one, two] = [await begun({ userUuid }), await begun({ userUuid })];
        const others = await begun();
        expect(await store.endAll(userUuid, new Date())).toBe(2);
        expect(
          await store.find(
            [one, two, others].map(({ sessionUuid }) => sessionUuid),
            new Date(),
          ),
        ).toEqual([others]);
        expect(await store.use(one.tokenHash, new Date())).toBeUndefined();
        expect(await store.use(others.tokenHash, new Date())).toEqual(others);
        expect(await store.endAll(userUuid, new Date())).toBe(0);
      });

      test("spares one of that person's", async () => {
        const userUuid = uuidv7();
        const [spared, ended] = [await begun({ userUuid }), await begun({ userUuid })];
        expect(await store.endAll(userUuid, new Date(), spared.sessionUuid)).toBe(1);
        expect(await isLive(ended, new Date())).toBe(false);
        expect(await store.use(spared.tokenHash, new Date())).toEqual(spared);
        expect(await store.endAll(userUuid, new Date())).toBe(1);
      });

      test("spares nobody for the id of somebody else", async () => {
        const [session, stranger] = [await begun(), await begun()];
        expect(await store.endAll(session.userUuid, new Date(), stranger.sessionUuid)).toBe(1);
        expect(await isLive(session, new Date())).toBe(false);
        expect(await isLive(stranger, new Date())).toBe(true);
      });

      test("of a person without sessions ends none", async () => {
        expect(await store.endAll(uuidv7(), new Date())).toBe(0);
      });

      test("counts what was live, not what was over", async () => {
        const userUuid = uuidv7();
        const used = await begun({ userUuid });
        await begun({ userUuid });
        const at = after(used.lastSeenAt, IDLE_MS - 1);
        await store.use(used.tokenHash, at);
        expect(await store.endAll(userUuid, after(at, MINUTE_MS))).toBe(1);
      });

      test("from many at once ends each session once", async () => {
        const userUuid = uuidv7();
        await Promise.all(Array.from({ length: 20 }, () => begun({ userUuid })));
        const counts = await Promise.all(Array.from({ length: 10 }, () => store.endAll(userUuid, new Date())));
        expect(counts.reduce((sum, count) => sum + count, 0)).toBe(20);
      });

      test("while sessions begin: each is ended or live, by its token and by its id alike", async () => {
        const userUuid = uuidv7();
        const sessions = Array.from({ length: 30 }, () => aSession({ userUuid }));
        const work = sessions.map((session, turn) =>
          turn % 3 === 0
            ? Promise.all([store.begin(session), store.endAll(userUuid, new Date())])
            : store.begin(session),
        );
        await Promise.all(work);
        const live = idsOf(
          await store.find(
            sessions.map(({ sessionUuid }) => sessionUuid),
            new Date(),
          ),
        );
        const used = await Promise.all(sessions.map(({ tokenHash }) => store.use(tokenHash, new Date())));
        expect(idsOf(used.filter((session) => session !== undefined))).toEqual(live);
        expect(await store.endAll(userUuid, new Date())).toBe(live.length);
        expect(await store.find(live, new Date())).toEqual([]);
      });
    });

    describe("moveToEpoch", () => {
      test("lifts a session, by its token and by its id", async () => {
        const session = await begun({ epoch: 3 });
        await store.moveToEpoch(session.sessionUuid, 4);
        const lifted = { ...session, epoch: 4 };
        expect(await store.use(session.tokenHash, session.createdAt)).toEqual(lifted);
        expect(await store.find([session.sessionUuid], session.createdAt)).toEqual([lifted]);
      });

      test("never takes one back", async () => {
        const session = await begun({ epoch: 3 });
        await store.moveToEpoch(session.sessionUuid, 2);
        expect(await store.use(session.tokenHash, session.createdAt)).toMatchObject({ epoch: 3 });
      });

      test("does not bring an ended session back", async () => {
        const session = await begun();
        await store.end(session.sessionUuid);
        await store.moveToEpoch(session.sessionUuid, 2);
        await store.moveToEpoch(uuidv7(), 2);
        expect(await store.use(session.tokenHash, new Date())).toBeUndefined();
        expect(await isLive(session, new Date())).toBe(false);
      });
    });

    test("keeps nothing with which anybody could log in", async () => {
      const token = newToken();
      const session = await begun({ tokenHash: hashOf(token) });
      await store.use(session.tokenHash, after(session.lastSeenAt, 2 * MINUTE_MS));
      const everything = await lab.everything();
      expect(everything).toContain(session.tokenHash);
      expect(everything).not.toContain(token);
    });

    test("that cannot be reached says so, and is there again when it can", async () => {
      const session = await begun();
      const { sessionUuid, userUuid, tokenHash } = session;
      lab.cut();
      const asked = [
        () => store.begin(aSession()),
        () => store.use(tokenHash, new Date()),
        () => store.find([sessionUuid], new Date()),
        () => store.end(sessionUuid),
        () => store.endAll(userUuid, new Date()),
        () => store.moveToEpoch(sessionUuid, 2),
      ];
      for (const ask of asked) await expect(ask()).rejects.toMatchObject({ name: "AppError", kind: "unavailable" });
      lab.heal();
      expect(await eventually(() => store.use(tokenHash, session.createdAt))).toEqual(session);
    });
  });
}
