import { once } from "node:events";
import { createServer } from "node:net";
import { describe, expect, onTestFinished, test } from "vitest";
import { start } from "./service-here.ts";

const stopping = ["last is stopping", "server drained", "database closed", "stopped"];

describe("a signal stops a service", () => {
  test.each(["SIGTERM", "SIGINT"] as const)("in reverse order, with code 0 (%s)", async (signal) => {
    const service = start("fine");
    await service.line("ready");
    service.signal(signal);
    expect(await service.ended).toBe(0);
    expect(service.messages().slice(5)).toEqual(["stopping", ...stopping]);
    expect(await service.line("stopping")).toMatchObject({ why: signal });
  });

  test("only after it has answered what it was asked, while the database is still open", async () => {
    const service = start("slow request");
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
    const service = start("slow request");
    const ops = await service.url("ops");
    expect((await fetch(`${ops}/readyz`)).status).toBe(200);
    const answer = fetch(await service.url("http"));
    await service.line("request came");
    service.signal("SIGTERM");
    const ready = await fetch(`${ops}/readyz`);
    expect(ready.status).toBe(503);
    expect(await ready.json()).toMatchObject({ status: "not ready", phase: "draining" });
    expect((await fetch(`${ops}/livez`)).status).toBe(200);
    await answer;
    expect(await service.ended).toBe(0);
  });

  test("also while it is starting", async () => {
    const service = start("start hangs");
    await service.line("last is starting");
    service.signal("SIGTERM");
    expect(await service.ended).toBe(0);
    expect(service.messages().slice(4)).toEqual(["stopping", ...stopping]);
  });

  test("also while it is migrating", async () => {
    const service = start("migration hangs");
    await service.line("migrating");
    service.signal("SIGTERM");
    expect(await service.ended).toBe(0);
    expect(service.messages()).toEqual(["migrating", "stopping", "stopped"]);
  });

  test("and nothing more is started while the last traces are on their way", async () => {
    const collector = createServer(() => {}).listen(0, "127.0.0.1");
    onTestFinished(() => void collector.close());
    await once(collector, "listening");
    const { port } = Object.assign({ port: 0 }, collector.address());
    const service = start("migration takes long", { OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}` });
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
    const service = start(mode);
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
    const service = start("every stop hangs");
    await service.line("ready");
    const asked = performance.now();
    service.signal("SIGTERM");
    expect(await service.ended).toBe(1);
    expect(performance.now() - asked).toBeGreaterThan(950);
    expect(await service.line("shutdown took too long")).toMatchObject({ level: "fatal", total_ms: 1000 });
    expect(service.messages()).not.toContain("stopped");
  });
});
