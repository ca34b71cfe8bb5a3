import { readFileSync } from "node:fs";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { AppError } from "@gantry/kernel";
import { createLogger, silentLogger } from "@gantry/telemetry";
import { eventually, freePort } from "@gantry/testing";
import { describe, expect, onTestFinished, test } from "vitest";
import { createRedis, defineScript, type RedisOptions } from "../src/index.ts";
import { type FakeRedis, polite, startFakeRedis, text } from "./fake-redis.ts";

const one = defineScript("return 1", (reply) => reply);

function aRedis(url: string, options: Partial<RedisOptions> = {}) {
  const redis = createRedis({ url, applicationName: "test", logger: silentLogger, ...options });
  onTestFinished(() => redis.stop());
  return redis;
}

async function connected(fake: FakeRedis, options: Partial<RedisOptions> = {}) {
  const redis = aRedis(`redis://127.0.0.1:${fake.port}`, options);
  await redis.start();
  return redis;
}

const failure = (work: Promise<unknown>) =>
  work.then(
    () => expect.unreachable("it succeeded"),
    (error: unknown) => error,
  );
const unavailable = { kind: "unavailable", reason: "REDIS_UNAVAILABLE" };
/** A limit that no test waits for. */
const LONG_MS = 3_600_000;

describe("a client of a Redis that is not there", () => {
  test("starts, says unavailable at once, and connects when it comes", async () => {
    const port = await freePort();
    const redis = aRedis(`redis://127.0.0.1:${port}`, { commandTimeoutMs: LONG_MS });
    await redis.start();
    expect(await failure(redis.run(one, []))).toMatchObject(unavailable);
    expect(await failure(redis.check())).toMatchObject(unavailable);
    await using _fake = await startFakeRedis({ port });
    await eventually(() => redis.check());
  });

  test("says unavailable before the start and after the stop", async () => {
    await using fake = await startFakeRedis();
    const redis = aRedis(`redis://127.0.0.1:${fake.port}`);
    expect(await failure(redis.check())).toMatchObject(unavailable);
    await redis.start();
    await redis.check();
    await Promise.all([redis.stop(), redis.stop()]);
    expect(await failure(redis.check())).toMatchObject(unavailable);
  });

  test("gives a server up that takes connections and never speaks", async () => {
    await using fake = await startFakeRedis();
    fake.answer = () => undefined;
    const redis = await connected(fake, { connectTimeoutMs: 50 });
    expect(await failure(redis.check())).toMatchObject(unavailable);
    await eventually(() => fake.connections.length >= 2);
    fake.answer = polite;
    await eventually(() => redis.check());
  });

  test("stops while it connects", async () => {
    await using fake = await startFakeRedis();
    fake.answer = () => undefined;
    const redis = aRedis(`redis://127.0.0.1:${fake.port}`, { connectTimeoutMs: LONG_MS });
    const starting = redis.start();
    await eventually(() => fake.commands.length > 0);
    await redis.stop();
    await starting;
    await eventually(() => fake.connections.every((socket) => socket.destroyed));
  });
});

describe("a connection", () => {
  test("is replaced when it breaks, and what waited on it fails", async () => {
    await using fake = await startFakeRedis();
    const redis = await connected(fake, { commandTimeoutMs: LONG_MS });
    fake.answer = ([name], socket) => {
      if (name === "PING") socket.destroy();
      return undefined;
    };
    expect(await failure(redis.check())).toMatchObject(unavailable);
    fake.answer = polite;
    await eventually(() => redis.check());
    expect(fake.connections).toHaveLength(2);
  });

  test("is replaced when nothing is answered on it any more", async () => {
    await using fake = await startFakeRedis();
    const redis = await connected(fake, { commandTimeoutMs: 50 });
    fake.answer = (command, socket) => (socket === fake.connections[0] ? undefined : polite(command, socket));
    expect(await failure(redis.check())).toMatchObject(unavailable);
    await eventually(() => redis.check());
    expect(fake.connections[0]?.destroyed).toBe(true);
  });

  test("is kept when something was answered while a command ran out of time", async () => {
    await using fake = await startFakeRedis();
    const redis = await connected(fake, { commandTimeoutMs: 1_000 });
    const waiting: (() => void)[] = [];
    fake.answer = ([name = ""], socket) => {
      if (name !== "EVALSHA") return polite([name], socket);
      waiting.push(() => socket.write("+done\r\n"));
      return undefined;
    };
    const quick = redis.run(one, []);
    const slow = failure(redis.run(one, []));
    await eventually(() => waiting.length === 2);
    waiting[0]?.();
    expect(await quick).toBe("done");
    expect(await slow).toMatchObject(unavailable);
    waiting[1]?.();
    await redis.check();
    expect(fake.connections).toHaveLength(1);
  });

  test("ends when what runs has its answer", async () => {
    await using fake = await startFakeRedis();
    const redis = await connected(fake, { commandTimeoutMs: LONG_MS });
    let finish: (() => void) | undefined;
    fake.answer = (_, socket) => {
      finish = () => socket.write("+done\r\n");
      return undefined;
    };
    const running = redis.run(one, []);
    await eventually(() => finish !== undefined);
    const stopping = redis.stop();
    finish?.();
    expect(await running).toBe("done");
    await stopping;
  });

  test("ends when it breaks meanwhile", async () => {
    await using fake = await startFakeRedis();
    const redis = await connected(fake, { commandTimeoutMs: LONG_MS });
    fake.answer = () => undefined;
    const running = failure(redis.run(one, []));
    await eventually(() => fake.commands.some(([name]) => name === "EVALSHA"));
    const stopping = redis.stop();
    for (const socket of fake.connections) socket.resetAndDestroy();
    expect(await running).toMatchObject(unavailable);
    await stopping;
  });

  test("ends in time when an answer that nobody waits for any more never comes", async () => {
    await using fake = await startFakeRedis();
    const redis = await connected(fake, { commandTimeoutMs: 500 });
    let answers = 1;
    fake.answer = () => (answers-- > 0 ? "+done\r\n" : undefined);
    const answered = redis.run(one, []);
    const forgotten = failure(redis.run(one, []));
    expect(await answered).toBe("done");
    expect(await forgotten).toMatchObject(unavailable);
    await redis.stop();
    expect(fake.connections).toHaveLength(1);
  });

  test("ends in time when what runs has no answer", async () => {
    await using fake = await startFakeRedis();
    const redis = await connected(fake, { commandTimeoutMs: 100 });
    fake.answer = () => undefined;
    const running = failure(redis.run(one, []));
    await eventually(() => fake.commands.some(([name]) => name === "EVALSHA"));
    await redis.stop();
    expect(await running).toMatchObject(unavailable);
  });
});

describe("a script", () => {
  test("is sent by its hash, and by its text where the hash is not known", async () => {
    await using fake = await startFakeRedis();
    const redis = await connected(fake);
    const sent = () => fake.commands.filter(([name]) => name?.startsWith("EVAL"));
    fake.answer = ([name], socket) =>
      name === "EVALSHA"
        ? "-NOSCRIPT No matching script.\r\n"
        : name === "EVAL"
          ? ":7\r\n"
          : polite([name ?? ""], socket);
    expect(await redis.run(one, ["a"], ["b", 3])).toBe(7);
    expect(sent()).toEqual([
      ["EVALSHA", one.sha1, "1", "a", "b", "3"],
      ["EVAL", "return 1", "1", "a", "b", "3"],
    ]);
  });

  test("answers what its reader makes of the reply", async () => {
    await using fake = await startFakeRedis();
    const redis = await connected(fake);
    fake.answer = () => `*3\r\n${text("a")}:2\r\n_\r\n`;
    expect(
      await redis.run(
        defineScript("return {'a', 2, false}", (reply) => ({ reply })),
        [],
      ),
    ).toEqual({
      reply: ["a", 2, null],
    });
  });
});

describe("an error", () => {
  test.each([
    ["LOADING Redis is loading the dataset in memory", "unavailable"],
    ["OOM command not allowed when used memory > 'maxmemory'.", "unavailable"],
    ["MISCONF Errors writing to the AOF file: No space left on device", "unavailable"],
    ["READONLY You can't write against a read only replica.", "unavailable"],
    ["NOPERM this user has no permissions to run the 'evalsha' command", "unavailable"],
    ["ERR user_script:1: attempt to index a nil value", "internal"],
    ["WRONGTYPE Operation against a key holding the wrong kind of value", "internal"],
  ])("of the server: %s is %s", async (reply, kind) => {
    await using fake = await startFakeRedis();
    const redis = await connected(fake);
    fake.answer = () => `-${reply}\r\n`;
    const error = await failure(redis.run(one, []));
    expect(error).toMatchObject({ kind, meta: { reply } });
    expect(String(error)).not.toContain(reply);
  });

  test("of a mistake in our code is internal", async () => {
    await using fake = await startFakeRedis();
    const redis = await connected(fake);
    const reader = defineScript("return 1", () => {
      throw new TypeError("not what it should be");
    });
    expect(await failure(redis.run(reader, []))).toBeInstanceOf(TypeError);
  });
});

describe("a password", () => {
  const password = "p@ss/w:rd%20 ü";

  test("is sent as it is meant", async () => {
    await using fake = await startFakeRedis();
    const redis = aRedis(`redis://iam:${encodeURIComponent(password)}@127.0.0.1:${fake.port}/3`);
    await redis.start();
    await redis.check();
    expect(fake.commands[0]).toEqual(["HELLO", "3", "AUTH", "iam", password, "SETNAME", "test"]);
    expect(fake.commands[1]).toEqual(["SELECT", "3"]);
  });

  test.each([
    ["WRONGPASS invalid username-password pair or user is disabled.", "WRONGPASS"],
    [`ERR unknown command 'HELLO', with args beginning with: '3' 'AUTH' 'default' '${password}'`, "unknown command"],
  ])("is in no log and no error when it is refused: %s", async (refusal, code) => {
    await using fake = await startFakeRedis();
    fake.answer = () => `-${refusal}\r\n`;
    const lines: string[] = [];
    const logger = createLogger({
      service: "test",
      level: "trace",
      destination: { write: (line) => lines.push(line) },
    });
    const redis = aRedis(`redis://:${encodeURIComponent(password)}@127.0.0.1:${fake.port}`, { logger });
    await redis.start();
    const error = await failure(redis.check());
    expect(error).toMatchObject(unavailable);
    await eventually(() => fake.connections.length >= 3);
    await redis.stop();
    // One line, though it tried three times.
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain(code);
    for (const shown of [...lines, JSON.stringify(AppError.from(error)), String(error)]) {
      expect(shown).not.toContain("p@ss");
      expect(shown).not.toContain("p%40ss");
    }
  });
});

describe("rediss://", () => {
  const read = (name: string) => readFileSync(new URL(`./fixtures/${name}`, import.meta.url));
  const tls = { key: read("localhost.key.pem"), cert: read("localhost.cert.pem") };
  const trust = () => {
    const before = getCACertificates("default");
    setDefaultCACertificates([...before, tls.cert.toString()]);
    onTestFinished(() => setDefaultCACertificates(before));
  };

  test("speaks TLS to a server whose certificate is trusted", async () => {
    trust();
    await using fake = await startFakeRedis({ tls });
    const redis = aRedis(`rediss://:secret@localhost:${fake.port}`);
    await redis.start();
    await redis.check();
    expect(fake.commands[0]).toContain("secret");
  });

  test("says nothing, the password least of all, to a server whose certificate is not", async () => {
    await using fake = await startFakeRedis({ tls });
    const redis = aRedis(`rediss://:secret@localhost:${fake.port}`);
    await redis.start();
    expect(await failure(redis.check())).toMatchObject(unavailable);
    expect(fake.commands).toEqual([]);
  });
});
