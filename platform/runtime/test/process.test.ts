import { expect, test } from "vitest";
import { goodEnvironment } from "./observed.ts";
import { startProcess } from "./service-process.ts";

/** What only a real process shows. The rest is tested without one. */

test("telemetry has started before the code that imports drivers is loaded", async () => {
  const service = startProcess("fine");
  expect(await service.line("composing")).toMatchObject({ trace_id_at_load: expect.stringMatching(/^[0-9a-f]{32}$/) });
});

test("a SIGTERM lets the request that is under way finish, then ends the process with code 0", async () => {
  const service = startProcess("slow request");
  const answer = fetch(await service.url("http"));
  await service.line("request came");
  service.signal("SIGTERM");
  expect((await answer).status).toBe(200);
  expect(await service.ended).toBe(0);
  expect(service.messages().slice(-3)).toEqual(["server drained", "database closed", "stopped"]);
});

test("Ctrl-C in a terminal and the launcher's SIGTERM together are one wish", async () => {
  const service = startProcess("slow request");
  const answer = fetch(await service.url("http"));
  await service.line("request came");
  service.signal("SIGINT");
  service.signal("SIGTERM");
  expect((await answer).status).toBe(200);
  expect(await service.ended).toBe(0);
});

test("a second signal ends the process at once", async () => {
  const service = startProcess("every stop hangs");
  await service.line("ready");
  service.signal("SIGTERM");
  await service.line("stopping");
  service.signal("SIGTERM");
  expect(await service.ended).toBe(143);
});

test("a process whose parts all hang ends at its deadline", async () => {
  const service = startProcess("every stop hangs");
  await service.line("ready");
  service.signal("SIGTERM");
  expect(await service.ended).toBe(1);
  expect(await service.line("shutdown took too long")).toMatchObject({ level: "fatal" });
});

test.each([
  ["throws", "nobody catches this", "uncaughtException"],
  ["rejects", "nobody handles this", "unhandledRejection"],
] as const)(
  "an error that nobody caught ends the process with code 1 when something %s",
  async (mode, message, origin) => {
    const service = startProcess(mode);
    expect(await service.ended).toBe(1);
    expect(await service.line("uncaught error")).toMatchObject({
      level: "fatal",
      origin,
      error: { message, stack: expect.stringContaining("compose.ts") },
    });
  },
);

test("a bad configuration ends the process with code 78 and its problems on stderr", async () => {
  const service = startProcess("fine", { ...goodEnvironment, LOG_LEVEL: "loud" });
  expect(await service.ended).toBe(78);
  expect(service.stderr).toContain('LOG_LEVEL is "loud"');
  expect(service.stdout).toBe("");
});
