import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { events } from "@gantry/gen/events/registry";
import { createIdentitySigner, createIdentityVerifier } from "@gantry/identity";
import { createBroker, topicSpecs } from "@gantry/messaging";
import { silentLogger } from "@gantry/telemetry";
import { eventually, processStart, type TempDir, tempDir } from "@gantry/testing";
import pg from "pg";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { AlreadyRunningError, type Devstack, readRunFile, startDevstack } from "../src/index.ts";
import { fixture, fixtures } from "./fixtures/services.ts";

/** A machine that runs other tests as well may take its time. */
vi.setConfig({ testTimeout: 80_000 });

let home: TempDir;
beforeEach(async () => {
  home = await tempDir();
});
afterEach(() => home.remove());

async function environmentOf(stack: Devstack, service: string): Promise<Record<string, string>> {
  const response = await fetch(stack.urls[service] ?? "");
  return Object(await response.json());
}

const alive = (pids: readonly (number | undefined)[]) => pids.filter((pid) => processStart(pid ?? 0) !== undefined);

describe("a running system", () => {
  test("gives each service its ports, its database, its neighbours and its own key alone", async () => {
    await using stack = await startDevstack({ directory: home.path, ...fixtures("alpha", "beta") });
    const env = await environmentOf(stack, "alpha");
    expect(env.ALPHA_BETA_URL).toBe(stack.urls.beta);
    expect(env.ALPHA_IDENTITY_KEY).toContain("service:alpha");
    expect(env.BETA_IDENTITY_KEY).toBeUndefined();
    const client = new pg.Client({ connectionString: env.ALPHA_POSTGRES_URL });
    await client.connect();
    expect((await client.query("SELECT current_database() AS name")).rows).toEqual([{ name: "alpha" }]);
    await client.end();
  });

  test("tells services with events, and no others, where they travel, and has made the topics", async () => {
    const { services, serviceEnv } = fixtures("alpha", "beta");
    await using stack = await startDevstack({
      directory: home.path,
      services: services.map((spec) => ({ ...spec, events: spec.name === "alpha" })),
      serviceEnv,
    });
    const eventLogUrl = stack.postgres?.url("events");
    expect((await environmentOf(stack, "alpha")).EVENTS_POSTGRES_URL).toBe(eventLogUrl);
    expect((await environmentOf(stack, "beta")).EVENTS_POSTGRES_URL).toBeUndefined();
    const broker = createBroker({ eventLogUrl, clientId: "test", topics: [], logger: silentLogger });
    await broker.admin.checkTopics(topicSpecs(events, ["order.events.v1", "payment.events.v1", "assembly.events.v1"]));
    await broker.stop();
  });

  test("gives the key that signs people's identities, and Redis, to whom the topology says and nobody else", async () => {
    const { services, serviceEnv } = fixtures("alpha", "beta");
    const REDIS_URL = "redis://127.0.0.1:5";
    vi.stubEnv("REDIS_URL", REDIS_URL);
    await using stack = await startDevstack({
      directory: home.path,
      services: services.map((spec) => ({ ...spec, signsPeople: spec.name === "alpha", redis: spec.name === "alpha" })),
      serviceEnv,
    });
    vi.unstubAllEnvs();
    const [alpha, beta] = [await environmentOf(stack, "alpha"), await environmentOf(stack, "beta")];
    expect(JSON.parse(alpha.ALPHA_USERS_KEY ?? "")).toMatchObject({ kid: "users:1", d: expect.any(String) });
    expect(alpha.REDIS_URL).toBe(REDIS_URL);
    const secret = stack.identity.privateJwk("users").d;
    expect(JSON.stringify(beta)).not.toContain(secret);
    expect(beta.REDIS_URL).toBeUndefined();
  });

  test("gives a service that speaks nothing no public port, but keeps it ready", async () => {
    const { services, serviceEnv } = fixtures("alpha");
    await using stack = await startDevstack({
      directory: home.path,
      services: services.map((spec) => ({ ...spec, speaks: "nothing" as const })),
      serviceEnv,
    });
    expect(stack.urls).toEqual({});
    expect(Object.keys(stack.opsUrls)).toEqual(["alpha"]);
    expect(stack.env("alpha").ALPHA_HTTP_PORT).toBeUndefined();
  });

  test("starts a crashed service again, on the same port, and says so", async () => {
    const events: string[] = [];
    await using stack = await startDevstack({
      directory: home.path,
      ...fixtures("alpha"),
      onEvent: (text) => events.push(text),
    });
    const first = stack.pid("alpha");
    await stack.kill("alpha", "SIGKILL");
    await stack.ready("alpha");
    expect(stack.pid("alpha")).not.toBe(first);
    await eventually(() => expect(events).toContain("alpha is ready again"), { withinMs: 20_000 });
    expect(events[0]).toBe("alpha ended unasked (SIGKILL); starting it again in 0.1 s");
    await fetch(`${stack.urls.alpha}/crash`).catch(() => {});
    await eventually(() => expect(events).toContain("alpha ended unasked (exit code 3); starting it again in 0.2 s"));
    await stack.ready("alpha");
    expect(stack.logs("alpha").filter((line) => line.includes('"ready"'))).toHaveLength(3);
  });

  test("starts its PostgreSQL again after a crash, with the data and on the same port", async () => {
    await using stack = await startDevstack({ directory: home.path, ...fixtures("alpha") });
    const url = stack.postgres?.url("alpha") ?? "";
    const first = stack.postgres?.pid() ?? 0;
    process.kill(first, "SIGKILL");
    await eventually(() => expect(stack.postgres?.pid()).not.toBe(first), { withinMs: 20_000 });
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    await client.end();
  });

  test("restarts a service with another environment when asked", async () => {
    await using stack = await startDevstack({ directory: home.path, ...fixtures("alpha") });
    await stack.restart("alpha", { COLOUR: "blue" });
    expect((await environmentOf(stack, "alpha")).COLOUR).toBe("blue");
    expect(stack.logs("alpha").some((line) => line.includes("stopping"))).toBe(true);
  });

  test("stops callers before what they call, and leaves nothing running", async () => {
    const order: string[] = [];
    const stack = await startDevstack({
      directory: home.path,
      ...fixtures("alpha", "beta"),
      log: (service, line) => line.includes("stopping") && order.push(service),
    });
    const pids = [stack.pid("alpha"), stack.pid("beta"), stack.postgres?.pid()];
    expect(alive(pids)).toEqual(pids);
    await stack.stop();
    expect(order).toEqual(["alpha", "beta"]);
    await eventually(() => expect(alive(pids)).toEqual([]));
  });

  test("keeps keys and data from one run to the next, and the keys to itself", async () => {
    const options = { directory: home.path, ...fixtures("alpha") };
    const first = await startDevstack(options);
    const signer = createIdentitySigner({ privateJwk: first.identity.privateJwk("alpha") });
    const token = await signer.service("beta");
    await first.stop();
    await using second = await startDevstack(options);
    const verifier = createIdentityVerifier({ service: "beta", jwks: second.identity.jwks });
    expect(await verifier.verify(token)).toMatchObject({ kind: "service", service: "alpha" });
    expect((await stat(join(home.path, "identity.json"))).mode & 0o077).toBe(0);
  });

  test("begins with empty databases when asked to", async () => {
    const options = { directory: home.path, ...fixtures("alpha") };
    const first = await startDevstack(options);
    const client = new pg.Client({ connectionString: first.postgres?.url("alpha") });
    await client.connect();
    await client.query("CREATE TABLE old (n int)");
    await client.end();
    await first.stop();
    await using second = await startDevstack({ ...options, fresh: true });
    const later = new pg.Client({ connectionString: second.postgres?.url("alpha") });
    await later.connect();
    await expect(later.query("SELECT * FROM old")).rejects.toThrow("does not exist");
    await later.end();
  });

  test("uses the database that the environment names, and starts none then", async () => {
    const url = "postgres://somebody@127.0.0.1:5/alpha";
    const { services, serviceEnv } = fixtures("alpha");
    await using stack = await startDevstack({
      directory: home.path,
      services,
      serviceEnv,
      env: { ALPHA_POSTGRES_URL: url },
    });
    expect(stack.postgres).toBeUndefined();
    expect((await environmentOf(stack, "alpha")).ALPHA_POSTGRES_URL).toBe(url);
  });

  test("tells other commands where it is while it runs", async () => {
    const stack = await startDevstack({ directory: home.path, ...fixtures("alpha") });
    expect(await readRunFile(home.path)).toMatchObject({ pid: process.pid, urls: stack.urls });
    await stack.stop();
    expect(await readRunFile(home.path)).toBeUndefined();
  });
});

describe("a second start in the same directory", () => {
  test("is refused while the first one runs", async () => {
    await using _stack = await startDevstack({ directory: home.path, ...fixtures("alpha") });
    await expect(startDevstack({ directory: home.path, ...fixtures("alpha") })).rejects.toThrow(AlreadyRunningError);
  });

  test("goes ahead over the lock of a process that is gone, whoever has its pid now", async () => {
    await writeFile(join(home.path, "launcher.lock"), JSON.stringify({ pid: process.pid, start: "1" }));
    await using stack = await startDevstack({ directory: home.path, ...fixtures("alpha") });
    expect(stack.pid("alpha")).toBeDefined();
  });
});

describe("a start that cannot succeed", () => {
  test("fails at once with the reason the service gave, and leaves nothing running", async () => {
    const services = [fixture("picky", [], "picky")];
    await expect(startDevstack({ directory: home.path, services })).rejects.toThrow("PICKY_COLOUR: must be blue");
    await expect(readFile(join(home.path, "launcher.lock"))).rejects.toThrow("ENOENT");
    await expect(readFile(join(home.path, "postgres", "postmaster.pid"))).rejects.toThrow("ENOENT");
  });

  test("names a need that does not exist, and a circle", async () => {
    const start = (...services: ReturnType<typeof fixture>[]) => startDevstack({ directory: home.path, services });
    await expect(start(fixture("alpha", ["gamma"]))).rejects.toThrow("alpha needs gamma");
    await expect(start(fixture("alpha", ["beta"]), fixture("beta", ["alpha"]))).rejects.toThrow("in a circle");
  });
});

test("kill -9 of the launcher takes services and database along, and the next start works", async () => {
  const script = fileURLToPath(new URL("./fixtures/launch.ts", import.meta.url));
  const launcher = spawn(process.execPath, ["--conditions=@gantry/source", script, home.path], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [line] = await once(createInterface({ input: launcher.stdout }), "line");
  const { pids }: { pids: number[] } = JSON.parse(String(line));
  expect(alive(pids)).toEqual(pids);
  launcher.kill("SIGKILL");
  await once(launcher, "exit");
  await using stack = await startDevstack({ directory: home.path, ...fixtures("alpha", "beta") });
  expect(stack.pid("alpha")).toBeDefined();
  await eventually(() => expect(alive(pids)).toEqual([]), { withinMs: 12_000 });
});
