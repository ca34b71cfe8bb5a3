import { setTimeout as delay } from "node:timers/promises";
import { expect } from "vitest";
import { answerOf, ask } from "../client/ask.ts";
import { begin, versions } from "../client/call.ts";
import { within } from "../client/within.ts";
import { openLab } from "../lab.ts";
import type { Suite } from "../suite.ts";

const DRAIN_MS = 1_500;
/** A drained gateway is gone by then, whatever its callers do. */
const GONE_MS = DRAIN_MS + 10_000;

/** How a gateway ends. */
export function drain(suite: Suite): void {
  const check = suite.check(false);
  for (const version of versions) {
    check(
      `drain, HTTP/${version}`,
      "running requests finish, new ones are refused, streams end, and then it is gone",
      async () => {
        await using lab = await openLab(suite.target, { drainMs: DRAIN_MS });
        const person = lab.people.person();
        const running = lab.newCase(person);
        const streaming = lab.newCase(person);
        const release = Promise.withResolvers<void>();
        lab.web.behave(running.id, async ({ reply }) => {
          await release.promise;
          reply.begin(200);
          reply.end("finished");
        });
        lab.web.behave(streaming.id, async ({ reply, gone }) => {
          reply.begin(200, [["content-type", "text/event-stream"]]);
          reply.write("data: 1\n\n");
          await gone;
        });
        const call = begin(lab.url, { version, target: "/conformance/items", fields: running.fields });
        call.request.end();
        const stream = begin(lab.url, { version, target: "/conformance/events", fields: streaming.fields });
        stream.request.end();
        await stream.head;
        stream.body().resume();
        await running.arrival();
        const drained = lab.gateway.drain();
        await delay(200);
        release.resolve();
        expect((await within(GONE_MS, "the running answer", answerOf(call))).text).toBe("finished");
        const late = await ask(lab.url, { version, target: "/conformance/catalog", fields: lab.newCase().fields });
        expect([0, 503]).toContain(late.status);
        await within(GONE_MS, "the end of the stream", stream.over);
        await within(GONE_MS, "the end of the gateway", drained);
        expect((await ask(lab.url, { version, target: "/healthz" })).status).toBe(0);
        expect(await lab.wrongs()).toEqual([]);
      },
    );
  }

  check("drain with nothing to do", "is over at once, also with idle connections", async () => {
    await using lab = await openLab(suite.target, { drainMs: 60_000 });
    expect((await ask(lab.url, { version: "2", target: "/healthz" })).status).toBe(200);
    await within(20_000, "the end of the gateway", lab.gateway.drain());
  });
}
