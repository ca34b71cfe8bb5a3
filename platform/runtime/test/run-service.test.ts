import { describe, expect, test } from "vitest";
import { run, start } from "./service-here.ts";

describe("a service starts", () => {
  test("its ops port, its migrations and its parts in order, then says where it listens", async () => {
    const service = start("fine");
    expect(await service.line("ready")).toMatchObject({
      service: "fixture",
      ports: { http: expect.any(Number), ops: expect.any(Number) },
    });
    expect(service.messages()).toEqual(["migrating", "composing", "database opened", "last is starting", "ready"]);
  });

  test("not at all when a part fails: what had started is stopped, and it ends with code 1", async () => {
    const service = start("start fails");
    expect(await service.ended).toBe(1);
    expect(await service.line("service could not start")).toMatchObject({
      level: "fatal",
      error: { message: "port taken" },
    });
    expect(service.messages().slice(3)).toEqual([
      "last is starting",
      "component did not start",
      "last is stopping",
      "server drained",
      "database closed",
      "service could not start",
      "stopping",
      "stopped",
    ]);
  });

  test.each([
    ["documents fail", "no documents"],
    ["compose fails", "no such part"],
    ["migration fails", "bad migration"],
  ] as const)("not at all when %s", async (mode, message) => {
    const service = start(mode);
    expect(await service.ended).toBe(1);
    expect(await service.line("service could not start")).toMatchObject({ level: "fatal", error: { message } });
    expect(service.messages()).not.toContain("database opened");
  });

  test("not at all when its ops port is taken", async () => {
    const { port } = new URL(await start("fine").url("ops"));
    const second = start("fine", { FIXTURE_OPS_PORT: port });
    expect(await second.ended).toBe(1);
    expect(await second.line("service could not start")).toMatchObject({ error: { code: "EADDRINUSE" } });
  });

  test("not at all with a bad configuration, which is told on stderr, all of it", async () => {
    const service = await run([], { LOG_LEVEL: "loud", FIXTURE_OPS_PORT: "x" });
    expect(await service.ended).toBe(78);
    for (const name of ["LOG_LEVEL", "FIXTURE_OPS_PORT", "IDENTITY_JWKS"]) expect(service.stderr).toContain(name);
    expect(service.lines).toEqual([]);
  });
});

describe("on the command line", () => {
  test("--help prints the settings, whatever the environment", async () => {
    const { stdout, lines } = await run(["--help"], {});
    expect(stdout).toMatch(/^fixture: .*migrate.*\n\nfixture reads these variables:\n/);
    expect(stdout).toContain("FIXTURE_OPS_PORT");
    expect(lines).toEqual([]);
  });

  test("--dotenv prints a template", async () => {
    expect((await run(["--dotenv"], {})).stdout).toContain("# FIXTURE_OPS_PORT=0");
  });

  test("migrate applies the migrations and ends", async () => {
    const service = await run(["migrate"]);
    expect(await service.ended).toBe(0);
    expect(service.messages()).toEqual(["migrating", "migrated"]);
  });

  test("migrate ends with code 1 when a migration fails", async () => {
    const service = await run(["migrate"], { IDENTITY_JWKS: '{"keys":[]}', FIXTURE_MODE: "migration fails" });
    expect(await service.ended).toBe(1);
    expect(await service.line("migration failed")).toMatchObject({
      level: "fatal",
      error: { message: "bad migration" },
    });
  });

  test.each([[["--hepl"]], [["migrate", "now"]], [["--help", "x"]]])("%j is refused with the usage", async (args) => {
    const service = await run(args);
    expect(await service.ended).toBe(64);
    expect(service.stderr).toContain(`Unknown arguments: ${args.join(" ")}`);
    expect(service.stderr).toContain("FIXTURE_OPS_PORT");
  });
});
