import { ManualClock } from "@gantry/kernel";
import { beforeEach, describe, expect, test } from "vitest";
import { CheckSession } from "./check-session.ts";
import { IssueIdentity } from "./issue-identity.ts";
import { LiveSessions } from "./live-sessions.ts";
import type { Revocations, SessionStore, StoredSession } from "./ports.ts";
import { hashOfToken, newToken } from "./session-token.ts";

const token = newToken();
const clock = new ManualClock(new Date("2030-01-01T00:00:00Z"));

const session: StoredSession = {
  sessionUuid: "s",
  userUuid: "u",
  tokenHash: hashOfToken(token),
  epoch: 1,
  createdAt: clock.now(),
  expiresAt: new Date("2030-01-02T00:00:00Z"),
  lastSeenAt: clock.now(),
};

let revoked = false;
let asked = 0;
let signed = 0;
beforeEach(() => {
  revoked = false;
  asked = 0;
  signed = 0;
});

const unused = () => Promise.reject(new Error("not used here"));
const sessions: SessionStore = {
  begin: unused,
  find: unused,
  end: unused,
  endAll: unused,
  moveToEpoch: unused,
  use: async (tokenHash) => {
    asked += 1;
    return tokenHash === session.tokenHash ? session : undefined;
  },
};
const revocations: Revocations = {
  endAll: unused,
  end: unused,
  unrevoked: async (given) => new Set(revoked ? [] : given.map(({ sessionUuid }) => sessionUuid)),
};

/** Signatures are numbered. The first fails when it is told to. */
function checker({ cacheMs = 0, failing = false } = {}): CheckSession {
  const sign = async () => {
    signed += 1;
    if (failing && signed === 1) throw new Error("no key");
    return `identity ${signed}`;
  };
  const live = new LiveSessions(sessions, revocations, clock);
  return new CheckSession(live, new IssueIdentity(sign, 120, clock), cacheMs, clock);
}

const identityOf = async (check: CheckSession): Promise<string> => (await check.execute(token)).identity.token;

describe("a checked session", () => {
  test("keeps its identity while more than half of its life is left, and is asked for each time", async () => {
    const check = checker();
    expect(await identityOf(check)).toBe("identity 1");
    clock.advance(59_999);
    expect(await identityOf(check)).toBe("identity 1");
    clock.advance(1);
    expect(await identityOf(check)).toBe("identity 2");
    expect(asked).toBe(3);
  });

  test("says when its identity ends, never too late", async () => {
    clock.advance(999);
    const { identity } = await checker().execute(token);
    const left = identity.expiresAt.getTime() - clock.now().getTime();
    expect(left).toBeGreaterThan(119_000 - 1);
    expect(left).toBeLessThanOrEqual(120_000);
  });

  test("is refused as soon as it is revoked, whatever was signed for it", async () => {
    const check = checker();
    await identityOf(check);
    revoked = true;
    await expect(check.execute(token)).rejects.toMatchObject({ reason: "SESSION_INVALID" });
  });

  test("is signed for once when many ask at once", async () => {
    const check = checker();
    expect(new Set(await Promise.all(Array.from({ length: 20 }, () => identityOf(check)))).size).toBe(1);
  });

  test("is signed for again after a signature failed", async () => {
    const check = checker({ failing: true });
    await expect(check.execute(token)).rejects.toThrow("no key");
    expect(await identityOf(check)).toBe("identity 2");
  });
});

describe("with a cache", () => {
  test("a good answer holds for as long as it says and no longer, counted from the question", async () => {
    const check = checker({ cacheMs: 5000 });
    await identityOf(check);
    revoked = true;
    clock.advance(4999);
    expect(await identityOf(check)).toBe("identity 1");
    clock.advance(1);
    await expect(check.execute(token)).rejects.toMatchObject({ reason: "SESSION_INVALID" });
    expect(asked).toBe(2);
  });

  test("a refusal is never kept", async () => {
    const check = checker({ cacheMs: 5000 });
    revoked = true;
    await expect(check.execute(token)).rejects.toMatchObject({ reason: "SESSION_INVALID" });
    revoked = false;
    expect(await identityOf(check)).toBe("identity 1");
  });
});

test("what is not shaped like a token is not looked for", async () => {
  for (const shapeless of ["", "x", `${token}A`, token.slice(1), `${token.slice(1)}=`])
    await expect(checker().execute(shapeless)).rejects.toMatchObject({ reason: "SESSION_INVALID" });
  expect(asked).toBe(0);
});
