import { describe, expect, test } from "vitest";
import { runFixture, startFixture } from "./fixture-process.ts";

describe("a service starts", () => {
  test("its ops port, its migrations and its parts in order, then says where it listens", async () => {
    const service = startFixture("fine");
    const ready = await service.line("ready");
    expect(ready).toMatchObject({ service: "fixture", ports: { http: expect.any(Number), ops: expect.any(Number) } });
    expect(service.messages().filter((message) => message !== "component started")).toEqual([
      "migrating",
      "composing",
      "database opened",
      "last is starting",
      "ready",
    ]);
  });

  test("telemetry before the code that imports drivers is loaded", async () => {
    const service = startFixture("fine");
    expect(await service.line("composing")).toMatchObject({
      trace_id_at_load: expect.stringMatching(/^[0-9a-f]{32}$/),
    });
  });

  test("not at all when a part fails: what had started is stopped, and it ends with code 1", async () => {
    const service = startFixture("start fails");
    expect(await service.ended).toBe(1);
    expect(await service.line("service could not start")).toMatchObject({
      level: "fatal",
      error: { message: "port taken" },
    });
    const events = service.messages().filter((line) => line !== "component started" && line !== "component stopped");
    expect(events.slice(4)).toEqual([
      "component did not start",
      "last is stopping",
      "server drained",
      "database closed",
      "service could not start",
      "stopping",
      "stopped",
    ]);
    expect(service.messages()).not.toContain("ready");
  });

  test.each([
    ["compose fails", "no such part"],
    ["migration fails", "bad migration"],
  ] as const)("not at all when %s", async (mode, message) => {
    const service = startFixture(mode);
    expect(await service.ended).toBe(1);
    expect(await service.line("service could not start")).toMatchObject({ level: "fatal", error: { message } });
    expect(service.messages()).not.toContain("database opened");
  });

  test("not at all when its ops port is taken", async () => {
    const first = startFixture("fine");
    const { port } = new URL(await first.url("ops"));
    const second = startFixture("fine", { FIXTURE_OPS_PORT: port });
    expect(await second.ended).toBe(1);
    expect(await second.line("service could not start")).toMatchObject({ error: { code: "EADDRINUSE" } });
  });

  test("not at all with a bad configuration, which is told on stderr, all of it", async () => {
    const service = runFixture([], { LOG_LEVEL: "loud", FIXTURE_OPS_PORT: "x" });
    expect(await service.ended).toBe(78);
    for (const name of ["LOG_LEVEL", "FIXTURE_OPS_PORT", "IDENTITY_JWKS"]) expect(service.stderr).toContain(name);
    expect(service.stdout).toBe("");
  });
});

describe("an error that nobody caught", () => {
  test.each([
    ["throws", "nobody catches this", "uncaughtException"],
    ["rejects", "nobody handles this", "unhandledRejection"],
  ] as const)("ends the process with code 1 when something %s", async (mode, message, origin) => {
    const service = startFixture(mode);
    expect(await service.ended).toBe(1);
    expect(await service.line("uncaught error")).toMatchObject({
      level: "fatal",
      origin,
      error: { message, stack: expect.stringContaining("compose.ts") },
    });
  });
});

describe("on the command line", () => {
  test("--help prints the settings", async () => {
    const service = runFixture(["--help"], {});
    expect(await service.ended).toBe(0);
    expect(service.stdout).toMatch(/^fixture: .*migrate.*\n\nfixture reads these variables:\n/);
    expect(service.stdout).toContain("FIXTURE_OPS_PORT");
  });

  test("--dotenv prints a template", async () => {
    const service = runFixture(["--dotenv"], {});
    expect(await service.ended).toBe(0);
    expect(service.stdout).toContain("# FIXTURE_OPS_PORT=0");
  });

  test("migrate applies the migrations and ends", async () => {
    const service = runFixture(["migrate"]);
    expect(await service.ended).toBe(0);
    expect(service.messages()).toEqual(["migrating", "migrated"]);
  });

  test("migrate ends with code 1 when a migration fails", async () => {
    const service = runFixture(["migrate"], { IDENTITY_JWKS: '{"keys":[]}', FIXTURE_MODE: "migration fails" });
    expect(await service.ended).toBe(1);
    expect(await service.line("migration failed")).toMatchObject({
      level: "fatal",
      error: { message: "bad migration" },
    });
  });

  test.each([[["--hepl"]], [["migrate", "now"]]])("%j is refused with the usage", async (args) => {
    const service = runFixture(args);
    expect(await service.ended).toBe(64);
    expect(service.stderr).toContain(`Unknown arguments: ${args.join(" ")}`);
    expect(service.stderr).toContain("FIXTURE_OPS_PORT");
  });
});
