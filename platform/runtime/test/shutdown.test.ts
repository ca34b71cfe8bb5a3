import { once } from "node:events";
import { createServer } from "node:net";
import { eventually } from "@gantry/testing";
import { describe, expect, onTestFinished, test } from "vitest";
import { startFixture } from "./fixture-process.ts";

const stopping = ["last is stopping", "server drained", "database closed", "stopped"];

describe("a signal stops a service", () => {
  test.each(["SIGTERM", "SIGINT"] as const)("in reverse order, with code 0 (%s)", async (signal) => {
    const service = startFixture("fine");
    await service.line("ready");
    service.signal(signal);
    expect(await service.ended).toBe(0);
    expect(service.messages().filter((message) => stopping.includes(message))).toEqual(stopping);
    expect(await service.line("stopping")).toMatchObject({ why: signal });
  });

  test("only after it has answered what it was asked, while the database is still open", async () => {
    const service = startFixture("slow request");
    const answer = fetch(await service.url("http"));
    await service.line("request came");
    service.signal("SIGTERM");
    await service.line("last is stopping");
    const late = fetch(await service.url("http")).catch(() => "refused");
    expect((await answer).status).toBe(200);
    expect(await late).toBe("refused");
    expect(await service.ended).toBe(0);
    const messages = service.messages();
    expect(messages.indexOf("server drained")).toBeLessThan(messages.indexOf("database closed"));
  });

  test("and it is not ready, but alive, from the signal on", async () => {
    const service = startFixture("slow request");
    const ops = await service.url("ops");
    expect((await fetch(`${ops}/readyz`)).status).toBe(200);
    const answer = fetch(await service.url("http"));
    await service.line("request came");
    service.signal("SIGTERM");
    await service.line("stopping");
    const ready = await fetch(`${ops}/readyz`);
    expect(ready.status).toBe(503);
    expect(await ready.json()).toMatchObject({ status: "not ready", phase: "draining" });
    expect((await fetch(`${ops}/livez`)).status).toBe(200);
    await answer;
    expect(await service.ended).toBe(0);
  });

  test("also while it is starting", async () => {
    const service = startFixture("start hangs");
    await service.line("last is starting");
    service.signal("SIGTERM");
    expect(await service.ended).toBe(0);
    expect(service.messages().filter((message) => stopping.includes(message))).toEqual(stopping);
    expect(service.messages()).not.toContain("service could not start");
  });

  test("also while it is migrating", async () => {
    const service = startFixture("migration hangs");
    await service.line("migrating");
    service.signal("SIGTERM");
    expect(await service.ended).toBe(0);
    expect(service.messages()).not.toContain("database opened");
  });

  test("and nothing more is started while the last traces are on their way", async () => {
    const collector = createServer(() => {});
    onTestFinished(() => void collector.close());
    collector.listen(0, "127.0.0.1");
    await once(collector, "listening");
    const { port } = Object.assign({ port: 0 }, collector.address());
    const service = startFixture("migration takes long", {
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
    });
    await service.line("migrating");
    service.signal("SIGTERM");
    await service.ended;
    expect(service.messages().slice(0, 3)).toEqual(["migrating", "stopping", "stopped"]);
    expect(service.messages()).not.toContain("composing");
  });
});

describe("a part that does not stop", () => {
  test.each([
    ["stop fails", "cannot stop"],
    ["stop hangs", "stopping last took longer than 400 ms."],
  ] as const)("does not keep the others from stopping, but the code is 1 (%s)", async (mode, message) => {
    const service = startFixture(mode);
    await service.line("ready");
    service.signal("SIGTERM");
    expect(await service.ended).toBe(1);
    expect(service.messages().filter((line) => stopping.includes(line))).toEqual(stopping);
    expect(await service.line("component did not stop cleanly")).toMatchObject({
      component: "last",
      error: { message },
    });
  });

  test("does not hold the process beyond its deadline", async () => {
    const service = startFixture("every stop hangs");
    await service.line("ready");
    const asked = performance.now();
    service.signal("SIGTERM");
    expect(await service.ended).toBe(1);
    expect(performance.now() - asked).toBeLessThan(3000);
    expect(service.messages()).not.toContain("stopped");
    expect(await service.line("shutdown took too long")).toMatchObject({ level: "fatal", total_ms: 1000 });
  });
});

describe("a second signal", () => {
  test.each([
    ["SIGTERM", 143],
    ["SIGINT", 130],
  ] as const)("%s of the same kind ends the process at once", async (signal, code) => {
    const service = startFixture("every stop hangs");
    await service.line("ready");
    service.signal(signal);
    await service.line("stopping");
    service.signal(signal);
    expect(await service.ended).toBe(code);
    expect(service.messages()).not.toContain("shutdown took too long");
  });

  test("of the other kind at the same moment is the same wish", async () => {
    const service = startFixture("slow request");
    const answer = fetch(await service.url("http"));
    await service.line("request came");
    service.signal("SIGINT");
    service.signal("SIGTERM");
    expect((await answer).status).toBe(200);
    expect(await service.ended).toBe(0);
    await eventually(() => service.messages().includes("database closed"));
  });
});
