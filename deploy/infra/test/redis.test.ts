import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { createRedis, defineScript, type Redis } from "@gantry/redis";
import { silentLogger } from "@gantry/telemetry";
import { eventually, isPortFree, processStart, tempDir } from "@gantry/testing";
import { describe, expect, test } from "vitest";
import { startRedis } from "../src/index.ts";
import { infraTests } from "./config.ts";

const TEST_MS = 120_000;
const unavailable = { kind: "unavailable", reason: "REDIS_UNAVAILABLE" };
const main = fileURLToPath(new URL("../src/main.ts", import.meta.url));

const command = defineScript("return redis.call(unpack(ARGV))", (reply) => reply);
const run = (redis: Redis, ...args: readonly (string | number)[]) => redis.run(command, [], args);

async function connect(url: string) {
  const redis = createRedis({ url, applicationName: "test", logger: silentLogger, commandTimeoutMs: 2_000 });
  await redis.start();
  return { redis, [Symbol.asyncDispose]: () => redis.stop() };
}

/** Runs `main.ts` to its end, with this environment only. */
async function runMain(args: readonly string[], env: NodeJS.ProcessEnv) {
  const child = spawn(process.execPath, ["--conditions=@gantry/source", main, ...args], {
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let text = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (text += String(chunk)));
  const [code] = await once(child, "close");
  return { code, text };
}

describe.runIf(infraTests)("Redis", () => {
  test("is as durable as it should be in production, and forgets nothing to make room", {
    timeout: TEST_MS,
  }, async () => {
    await using server = await startRedis();
    await using client = await connect(server.url);
    const info = String(await run(client.redis, "INFO"));
    for (const fact of ["aof_enabled:1", "maxmemory_policy:noeviction"]) expect(info).toContain(fact);
    const version = /redis_version:(\d+)/.exec(info)?.[1];
    expect(Number(version)).toBeGreaterThanOrEqual(7);
  });

  test("keeps what it acknowledged over a kill -9, with its expiry, and clients come back by themselves", {
    timeout: TEST_MS,
  }, async () => {
    await using server = await startRedis();
    await using client = await connect(server.url);
    const { url, pid } = server;
    const at = Date.now() + 3_600_000;
    const names = Array.from({ length: 1_000 }, (_, number) => `session:${number}`);
    await Promise.all(names.map((name) => run(client.redis, "SET", name, name, "PXAT", at)));
    await server.kill();
    expect(processStart(pid)).toBeUndefined();
    await expect(client.redis.check()).rejects.toMatchObject(unavailable);
    await server.restart();
    expect(server.url).toBe(url);
    await eventually(() => client.redis.check());
    expect(await run(client.redis, "MGET", ...names)).toEqual(names);
    expect(await run(client.redis, "PEXPIRETIME", "session:0")).toBe(at);
  });

  test("that hangs is unavailable in bounded time, and is used again when it goes on", {
    timeout: TEST_MS,
  }, async () => {
    await using server = await startRedis();
    await using client = await connect(server.url);
    process.kill(server.pid, "SIGSTOP");
    await expect(client.redis.check()).rejects.toMatchObject(unavailable);
    process.kill(server.pid, "SIGCONT");
    await eventually(() => client.redis.check());
  });

  test("keeps a directory that it was given, with its port", { timeout: TEST_MS }, async () => {
    await using home = await tempDir();
    const first = await startRedis({ directory: home.path });
    const client = await connect(first.url);
    await run(client.redis, "SET", "kept", "yes");
    await client.redis.stop();
    await first.stop();
    await first.stop();
    await using second = await startRedis({ directory: home.path });
    expect(second.url).toBe(first.url);
    await using again = await connect(second.url);
    expect(await run(again.redis, "GET", "kept")).toBe("yes");
  });

  test("does not take another server on its port for itself", { timeout: TEST_MS }, async () => {
    await using home = await tempDir();
    await using _first = await startRedis({ directory: home.path });
    await expect(startRedis({ directory: home.path })).rejects.toThrow("Address already in use");
  });

  test("lets nobody in without its password", { timeout: TEST_MS }, async () => {
    await using server = await startRedis({ password: "s3cret" });
    await using client = await connect(server.url);
    await client.redis.check();
    await using stranger = await connect(server.url.replace("s3cret", "guess"));
    await expect(stranger.redis.check()).rejects.toMatchObject(unavailable);
    await expect(startRedis({ password: "two words" })).rejects.toThrow("password must be");
  });

  test("ends with the process that started it, kill -9 included", { timeout: TEST_MS }, async () => {
    await using home = await tempDir();
    const args = ["--conditions=@gantry/source", main, "redis", "--", "sh", "-c", "echo $REDIS_URL; exec cat"];
    const starter = spawn(process.execPath, args, {
      env: { ...process.env, TMPDIR: home.path },
      stdio: ["pipe", "pipe", "inherit"],
    });
    const [url = ""] = await once(createInterface({ input: starter.stdout }), "line");
    const port = Number(new URL(String(url)).port);
    expect(await isPortFree(port)).toBe(false);
    expect(await readdir(home.path)).not.toEqual([]);
    starter.kill("SIGKILL");
    await eventually(async () => expect(await isPortFree(port)).toBe(true));
    await eventually(async () => expect(await readdir(home.path)).toEqual([]));
  });

  test("runs beside a service that runs beside another", { timeout: TEST_MS }, async () => {
    const inner = [process.execPath, "--conditions=@gantry/source", main, "redis", "--", "sh", "-c"];
    const { code, text } = await runMain(
      [
        "redis",
        "--",
        "env",
        "OUTER=1",
        "sh",
        "-c",
        'FIRST=$REDIS_URL exec "$@"',
        "sh",
        ...inner,
        "echo $FIRST $REDIS_URL; exit 7",
      ],
      process.env,
    );
    const [first, second] = text.trim().split(" ");
    expect(first).toMatch(/^redis:\/\/127\.0\.0\.1:\d+$/);
    expect(second).toMatch(/^redis:\/\/127\.0\.0\.1:\d+$/);
    expect(second).not.toBe(first);
    expect(code).toBe(7);
  });
});

describe.runIf(infraTests)("the installation of Redis", () => {
  test("is done once when many want it, and outlives one that was killed", { timeout: TEST_MS }, async () => {
    await using home = await tempDir();
    const cache = join(home.path, "cache");
    const env = { ...process.env, GANTRY_CACHE: cache };
    await mkdir(cache);
    const probe = await runMain(["redis", "--", "true"], env);
    expect(probe).toEqual({ code: 0, text: "" });
    const [name = ""] = await readdir(cache);

    await using second = await tempDir();
    const fresh = join(second.path, "cache");
    await mkdir(fresh);
    // Of a process that is gone, and of one whose number another has now.
    await writeFile(join(fresh, `${name}.lock`), `${process.pid} 1`);
    const many = await Promise.all(
      [1, 2, 3].map(() => runMain(["redis", "--", "true"], { ...env, GANTRY_CACHE: fresh })),
    );
    expect(many).toEqual(many.map(() => ({ code: 0, text: "" })));
    expect(await readdir(fresh)).toEqual([name]);
  });

  test("needs no package lists of the system's", { timeout: TEST_MS }, async () => {
    await using home = await tempDir();
    const settings = join(home.path, "apt.conf");
    await mkdir(join(home.path, "lists"));
    await writeFile(settings, `Dir::State::Lists "${join(home.path, "lists")}";\n`);
    const env = { ...process.env, GANTRY_CACHE: join(home.path, "cache"), APT_CONFIG: settings };
    expect(await runMain(["redis", "--", "true"], env)).toEqual({ code: 0, text: "" });
  });

  test("says what to do where apt-get is not", { timeout: TEST_MS }, async () => {
    await using home = await tempDir();
    const { code, text } = await runMain(["redis"], { PATH: home.path, GANTRY_CACHE: join(home.path, "cache") });
    expect(code).not.toBe(0);
    expect(text).toContain("set REDIS_URL to it");
    expect(await readdir(join(home.path, "cache"))).toEqual([]);
  });
});
