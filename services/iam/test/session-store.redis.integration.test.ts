import { connect } from "node:net";
import { uuidv7 } from "@gantry/kernel";
import { createRedis, defineScript, type Redis } from "@gantry/redis";
import { silentLogger } from "@gantry/telemetry";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { RedisSessionStore } from "../src/adapters/session-store.redis.ts";
import type { StoredSession } from "../src/app/ports.ts";
import { redisUrl } from "./config.ts";
import { aSession, sessionStoreContract } from "./session-store.contract.ts";
import { severable } from "./severable.ts";

const HOUR_MS = 3_600_000;

/** Every key with its content. */
const everything = defineScript(
  `
local read = {
  string = function(key) return {redis.call('GET', key)} end,
  hash = function(key) return redis.call('HGETALL', key) end,
  zset = function(key) return redis.call('ZRANGE', key, 0, -1, 'WITHSCORES') end,
}
local lines = {}
for _, key in ipairs(redis.call('KEYS', '*')) do
  local kind = redis.call('TYPE', key).ok
  lines[#lines + 1] = key .. ' ' .. (read[kind] and table.concat(read[kind](key), ' ') or kind)
end
return table.concat(lines, '\\n')`,
  String,
);

/** Any command, for what the store itself never does. */
const command = defineScript("return redis.call(unpack(ARGV))", (reply) => reply);

/** For what a script may not do. Resolves to what the server says. */
function tell(url: string, line: string): Promise<string> {
  const { hostname, port, password } = new URL(url);
  const login = password === "" ? "" : `AUTH ${password}\r\n`;
  return new Promise((resolve, reject) => {
    let said = "";
    const socket = connect({ host: hostname, port: Number(port) }, () => socket.write(`${login}${line}\r\nQUIT\r\n`));
    socket.on("data", (chunk) => {
      said += String(chunk);
    });
    socket.on("error", reject).on("close", () => resolve(said));
  });
}

async function aRedis(url: string): Promise<Redis> {
  const redis = createRedis({ url, applicationName: "test", logger: silentLogger });
  afterAll(() => redis.stop());
  await redis.start();
  return redis;
}

/** Skipped without one: `node --conditions=@gantry/source ../../deploy/infra/src/main.ts redis -- vitest run`. */
const withRedis = describe.skipIf(redisUrl === undefined);
const url = redisUrl ?? "";

withRedis("a store", () => {
  sessionStoreContract("Redis", async (idleMs) => {
    const way = await severable(url);
    const redis = await aRedis(way.url);
    afterAll(() => way[Symbol.asyncDispose]());
    return {
      store: new RedisSessionStore(redis, idleMs),
      cut: way.cut,
      heal: way.heal,
      everything: () => redis.run(everything, []),
    };
  });
});

withRedis("sessions in Redis", () => {
  let redis: Redis;
  let store: RedisSessionStore;
  beforeAll(async () => {
    redis = await aRedis(url);
    store = new RedisSessionStore(redis, HOUR_MS);
  });
  const run = (...args: readonly (string | number)[]) => redis.run(command, [], args);
  const begun = async (facts: Partial<StoredSession> = {}) => {
    const session = aSession(facts);
    await store.begin(session);
    return session;
  };
  const keysOf = ({ tokenHash, sessionUuid, userUuid }: StoredSession) => ({
    session: `iam:session:${tokenHash}`,
    id: `iam:session-id:${sessionUuid}`,
    user: `iam:user-sessions:${userUuid}`,
  });
  const find = async ({ sessionUuid }: StoredSession) => store.find([sessionUuid], new Date());

  test("leave by themselves soon after they expire, with their keys", async () => {
    const session = await begun();
    for (const key of Object.values(keysOf(session)))
      expect(await run("PEXPIRETIME", key)).toBe(session.expiresAt.getTime() + 60_000);
  });

  test.each([
    ["first", [24, 1]],
    ["last", [1, 24]],
  ])("of one person stay as long as the longest of them, begun %s", async (_when, lives) => {
    const userUuid = uuidv7();
    const ends = lives.map((hours) => Date.now() + hours * HOUR_MS);
    for (const end of ends) await begun({ userUuid, expiresAt: new Date(end) });
    expect(await run("PEXPIRETIME", `iam:user-sessions:${userUuid}`)).toBe(Math.max(...ends) + 60_000);
  });

  test("that are over leave the set of their person when the next one begins", async () => {
    const now = Date.now();
    const over = await begun({ expiresAt: new Date(now - 1), createdAt: new Date(now - HOUR_MS) });
    const { userUuid } = over;
    for (let count = 0; count < 20; count++)
      await begun({ userUuid, createdAt: new Date(now - HOUR_MS), expiresAt: new Date(now - 1) });
    const next = await begun({ userUuid });
    expect(await run("ZRANGE", keysOf(over).user, 0, -1)).toEqual([next.sessionUuid]);
  });

  test("leave nothing behind when they end", async () => {
    const one = await begun();
    const two = await begun({ userUuid: one.userUuid });
    await store.end(one.sessionUuid);
    await store.endAll(one.userUuid, new Date());
    const keys = [one, two].flatMap((session) => Object.values(keysOf(session)));
    expect(await run("EXISTS", ...keys)).toBe(0);
  });

  const corruptions: readonly [what: string, how: (keys: ReturnType<typeof keysOf>) => readonly (string | number)[]][] =
    [
      ["an expiry that is no number", ({ session }) => ["HSET", session, "expires", "nan"]],
      ["an expiry without end", ({ session }) => ["HSET", session, "expires", "inf"]],
      ["a last use in hexadecimal", ({ session }) => ["HSET", session, "seen", "0xFFFFFFFFFFFF"]],
      ["a last use with an exponent", ({ session }) => ["HSET", session, "seen", "9e99"]],
      ["no expiry", ({ session }) => ["HDEL", session, "expires"]],
      ["no last use", ({ session }) => ["HDEL", session, "seen"]],
      ["no epoch", ({ session }) => ["HDEL", session, "epoch"]],
      ["a negative epoch", ({ session }) => ["HSET", session, "epoch", "-1"]],
      ["no person", ({ session }) => ["HDEL", session, "user"]],
      ["a person that is none", ({ session }) => ["HSET", session, "user", "root"]],
      ["an id that is none", ({ session }) => ["HSET", session, "id", "1"]],
    ];
  test.each(corruptions)("are none with %s", async (_what, corrupt) => {
    const session = await begun();
    await run(...corrupt(keysOf(session)));
    expect(await store.use(session.tokenHash, new Date())).toBeUndefined();
    expect(await find(session)).toEqual([]);
    await store.moveToEpoch(session.sessionUuid, 9);
    expect(await store.endAll(session.userUuid, new Date())).toBe(0);
    await store.end(session.sessionUuid);
    expect(await store.use(session.tokenHash, new Date())).toBeUndefined();
  });

  test("are none where something else stands in their place", async () => {
    const session = aSession();
    const { session: key, id, user } = keysOf(session);
    for (const name of [key, id, user]) await run("RPUSH", name, "foreign");
    expect(await store.use(session.tokenHash, new Date())).toBeUndefined();
    expect(await find(session)).toEqual([]);
    await store.moveToEpoch(session.sessionUuid, 2);
    await store.end(session.sessionUuid);
    expect(await store.endAll(session.userUuid, new Date())).toBe(0);
    // What stood under the person's name does not keep them out.
    await run("RPUSH", user, "foreign");
    const next = await begun({ userUuid: session.userUuid });
    expect(await find(next)).toEqual([next]);
  });

  test("are found by their own id only", async () => {
    const [session, other] = [await begun(), await begun()];
    await run("SET", keysOf(session).id, other.tokenHash);
    expect(await find(session)).toEqual([]);
    await store.end(session.sessionUuid);
    expect(await find(other)).toEqual([other]);
  });

  test("are left alone by the set of a person whose they are not", async () => {
    const [session, other] = [await begun(), await begun()];
    await run("ZADD", keysOf(session).user, 1e15, other.sessionUuid);
    expect(await store.endAll(session.userUuid, new Date())).toBe(1);
    expect(await find(other)).toEqual([other]);
    expect(await store.endAll(other.userUuid, new Date())).toBe(1);
  });

  test("whose use cannot be noted are used all the same, and none begins by halves", async () => {
    const session = await begun();
    const name = `limited-${session.sessionUuid}`;
    // As a full Redis, that refuses writes, but for this user only.
    expect(await tell(url, `ACL SETUSER ${name} on >pw ~* +@all -hset`)).toContain("+OK");
    onTestFinished(async () => void (await tell(url, `ACL DELUSER ${name}`)));
    const limited = new URL(url);
    limited.username = name;
    limited.password = "pw";
    const full = new RedisSessionStore(await aRedis(limited.href), HOUR_MS);
    const later = new Date(session.lastSeenAt.getTime() + HOUR_MS / 2);
    expect(await full.use(session.tokenHash, later)).toEqual(session);
    const refused = aSession();
    await expect(full.begin(refused)).rejects.toMatchObject({ name: "AppError" });
    expect(await run("EXISTS", ...Object.values(keysOf(refused)))).toBe(0);
  });

  test("take more ids than one script does", async () => {
    const there = await Promise.all(Array.from({ length: 3 }, () => begun()));
    const absent = Array.from({ length: 250 }, () => aSession().sessionUuid);
    const [first, second, third] = there.map(({ sessionUuid }) => sessionUuid);
    const found = await store.find([first ?? "", ...absent, second ?? "", third ?? ""], new Date());
    expect(found).toHaveLength(3);
  });
});
