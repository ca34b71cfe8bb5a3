import { setTimeout as delay } from "node:timers/promises";
import { expect } from "vitest";
import { answerOf, ask } from "../client/ask.ts";
import { begin, versions } from "../client/call.ts";
import { envelope } from "../client/envelopes.ts";
import { within } from "../client/within.ts";
import type { Field } from "../fixture/fields.ts";
import type { Case } from "../rig.ts";
import type { Suite } from "../suite.ts";

/** How soon the other side hears of an end. Generous: what is checked is that it hears of it. */
const TOLD_MS = 5_000;
/** How long a gateway is given to pass on what it has. */
const HELD_BACK_MS = 500;
const TALK = "/gantry.conformance.v1.WireService/Talk";
const grpc: readonly Field[] = [
  ["content-type", "application/grpc"],
  ["te", "trailers"],
];

/** That an end on one side is an end on the other, and what was cut is never taken for a whole. */
export function cuts(suite: Suite): void {
  suite.group("aborts and cuts", {}, (lab, check) => {
    for (const version of versions) {
      check(`abort while waiting, HTTP/${version}`, "a service hears that its caller has gone", async () => {
        const mine = lab().newCase(lab().people.person());
        lab().web.behave(mine.id, () => undefined);
        const call = begin(lab().url, { version, target: "/conformance/items", fields: mine.fields });
        call.request.end();
        const { gone } = await mine.arrival();
        call.abort();
        await within(TOLD_MS, "the service hears of it", gone);
      });

      check(`abort of a download, HTTP/${version}`, "a service hears that its reader has gone", async () => {
        const mine = lab().newCase(lab().people.person());
        lab().web.behave(mine.id, async ({ reply, gone }) => {
          reply.begin(200, [["content-type", "text/event-stream"]]);
          const timer = setInterval(() => reply.write("data: x\n\n"), 50);
          await gone;
          clearInterval(timer);
        });
        const call = begin(lab().url, { version, target: "/conformance/events", fields: mine.fields });
        call.request.end();
        await call.head;
        const { gone } = await mine.arrival();
        call.abort();
        await within(TOLD_MS, "the service hears of it", gone);
      });

      check(`abort of an upload, HTTP/${version}`, "half a body does not look like a whole one", async () => {
        const mine = lab().newCase(lab().people.person());
        const outcome = Promise.withResolvers<string>();
        lab().web.behave(mine.id, ({ body, gone }) => {
          body.resume();
          body.once("end", () => outcome.resolve("complete"));
          gone.then(() => outcome.resolve("cut"));
        });
        const fields: Field[] = [...mine.fields, ["content-type", "application/octet-stream"]];
        const call = begin(lab().url, { version, method: "POST", target: "/conformance/items", fields });
        call.request.on("error", () => undefined);
        call.request.write(Buffer.alloc(1000));
        // A gateway may also wait for the whole body; then the service hears nothing at all
        await Promise.race([mine.arrival().catch(() => undefined), delay(HELD_BACK_MS)]);
        call.abort();
        await delay(HELD_BACK_MS);
        if (mine.arrivals().length > 0) expect(await within(TOLD_MS, "it hears", outcome.promise)).toBe("cut");
      });

      check(`cut answer, HTTP/${version}`, "half an answer does not look like a whole one", async () => {
        for (const length of [[], [["content-length", "10000"] as const]]) {
          const mine = lab().newCase(lab().people.person());
          lab().web.behave(mine.id, async ({ reply }) => {
            reply.begin(200, [["content-type", "application/octet-stream"], ...length]);
            reply.write(Buffer.alloc(1000));
            await delay(50);
            reply.cut();
          });
          const call = begin(lab().url, { version, target: "/conformance/items", fields: mine.fields });
          call.request.end();
          const answer = await within(TOLD_MS, "the end of the answer", answerOf(call));
          expect(answer.complete).toBe(false);
        }
      });
    }

    const posts = [
      { upstream: "web", target: "/conformance/items" },
      { upstream: "wire", target: "/gantry.conformance.v1.WireService/Say" },
    ] as const;
    for (const { upstream, target, version } of posts.flatMap((post) =>
      versions.map((version) => ({ ...post, version })),
    )) {
      check(
        `lost answer of ${upstream}, HTTP/${version}`,
        "what is not known to be harmless is not sent twice",
        async () => {
          const post = async (mine: Case): Promise<number> => {
            const fields: Field[] = [...mine.fields, ["content-type", "application/json"]];
            return (await ask(lab().url, { version, method: "POST", target, fields, body: '"x"' })).status;
          };
          expect(await post(lab().newCase(lab().people.person()))).toBe(200); // the connection has been used before
          for (let times = 0; times < 2; times++) {
            const mine = lab().newCase(lab().people.person());
            lab()[upstream].behave(mine.id, ({ reply }) => reply.cut());
            expect([502, 503]).toContain(await post(mine));
            expect(mine.arrivals()).toHaveLength(1);
          }
        },
      );
    }

    check("cut grpc answer", "a call whose service dies is not a success", async () => {
      const mine = lab().newCase(lab().people.person());
      lab().wire.behave(mine.id, async ({ reply }) => {
        reply.begin(200, [["content-type", "application/grpc"]]);
        reply.write(envelope("half"));
        await delay(50);
        reply.cut();
      });
      const call = begin(lab().url, { version: "2", method: "POST", target: TALK, fields: [...mine.fields, ...grpc] });
      call.request.on("error", () => undefined);
      call.request.end(envelope("x"));
      const answer = await within(TOLD_MS, "the end of the call", answerOf(call));
      const status = answer.trailers.find(([name]) => name === "grpc-status")?.[1];
      expect([answer.complete && status === "0", answer.status]).toEqual([false, 200]);
    });
  });
}
