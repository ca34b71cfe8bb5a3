import { expect } from "vitest";
import { ask, jsonOf } from "../client/ask.ts";
import { versions } from "../client/call.ts";
import { protocols } from "../client/protocols.ts";
import { within } from "../client/within.ts";
import { SHORT_DEADLINE_MS } from "../fixture/routes.ts";
import type { Suite } from "../suite.ts";

/** The gateway's own grace on top of a deadline, and what a busy machine adds. */
const GRACE_MS = 5_000;

/** That calls end. */
export function deadlines(suite: Suite): void {
  suite.group("deadlines", {}, (lab, check) => {
    for (const version of versions) {
      check(
        `deadline http, HTTP/${version}`,
        "a service that does not answer is 504 after the route's deadline",
        async () => {
          const mine = lab().newCase(lab().people.person());
          lab().web.behave(mine.id, () => undefined);
          const startedMs = performance.now();
          const answer = await ask(lab().url, {
            version,
            method: "POST",
            target: "/conformance/slow",
            fields: mine.fields,
          });
          expect([answer.status, jsonOf(answer)?.code]).toEqual([504, "UPSTREAM_TIMEOUT"]);
          const tookMs = performance.now() - startedMs;
          expect(tookMs).toBeGreaterThanOrEqual(SHORT_DEADLINE_MS);
          expect(tookMs).toBeLessThan(SHORT_DEADLINE_MS + GRACE_MS);
          await within(GRACE_MS, "the service hears of it", (await mine.arrival()).gone);
        },
      );
    }

    for (const protocol of protocols.filter(({ name }) => /^(grpc|connect (json|binary))/.test(name))) {
      check(`deadline, ${protocol.name}`, "is told in the caller's own protocol", async () => {
        const mine = lab().newCase(lab().people.person());
        lab().wire.behave(mine.id, () => undefined);
        const options = protocol.protectedCall(mine.fields);
        const answer = await ask(lab().url, { ...options, target: options.target.replace("/Say", "/Slow") });
        expect(protocol.codeOf(answer)).toBe("deadline_exceeded");
      });
    }
  });
}
