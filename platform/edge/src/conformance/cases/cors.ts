import { expect } from "vitest";
import { type Answer, ask, header } from "../client/ask.ts";
import { versions } from "../client/call.ts";
import type { Field } from "../fixture/fields.ts";
import { ORIGINS } from "../rig.ts";
import type { Suite } from "../suite.ts";

const FOREIGN = [
  "https://evil.example",
  "null",
  "http://localhost:5173.evil.example",
  "https://shop.example:444",
  "HTTPS://SHOP.EXAMPLE.evil",
];
/** What browsers must be allowed to send: sessions, Connect, gRPC-Web, keys, events. */
const SENDS = [
  "authorization",
  "content-type",
  "connect-protocol-version",
  "connect-timeout-ms",
  "grpc-timeout",
  "x-grpc-web",
  "x-user-agent",
  "idempotency-key",
  "last-event-id",
  "x-session-uuid",
  "traceparent",
];
/** And to read. */
const READS = ["grpc-status", "grpc-message", "grpc-status-details-bin", "retry-after", "x-request-id"];

const listOf = (answer: Answer, name: string): string[] =>
  (header(answer, name) ?? "").split(/[,|]\s*/).map((each) => each.trim().toLowerCase());

/** What browsers of other origins may do. */
export function cors(suite: Suite): void {
  suite.group("cross-origin", {}, (lab, check) => {
    const preflight = (version: "1.1" | "2", origin: string, method: string, wanted: readonly string[]) => {
      const fields: Field[] = [
        ["origin", origin],
        ["access-control-request-method", method],
        ["access-control-request-headers", wanted.join(",")],
      ];
      return { version, method: "OPTIONS", fields };
    };
    const targets = ["/conformance/items", "/conformance/catalog", "/gantry.conformance.v1.WireService/Say"];

    for (const version of versions) {
      check(
        `preflight, HTTP/${version}`,
        "of a known origin is answered by the gateway, without a session",
        async () => {
          const before = lab().reached();
          for (const origin of ORIGINS) {
            for (const target of targets) {
              const answer = await ask(lab().url, { ...preflight(version, origin, "POST", SENDS), target });
              expect([target, answer.status]).toEqual([target, answer.status === 204 ? 204 : 200]);
              expect(header(answer, "access-control-allow-origin")).toBe(origin);
              expect(header(answer, "access-control-allow-credentials")).toBe("true");
              expect(listOf(answer, "access-control-allow-methods")).toContain("post");
              const allowed = listOf(answer, "access-control-allow-headers");
              expect(SENDS.filter((each) => !allowed.includes(each))).toEqual([]);
            }
          }
          expect(lab().reached()).toBe(before);
        },
      );

      check(`foreign preflight, HTTP/${version}`, "allows nothing", async () => {
        for (const origin of FOREIGN) {
          const answer = await ask(lab().url, {
            ...preflight(version, origin, "POST", SENDS),
            target: "/conformance/items",
          });
          expect([origin, header(answer, "access-control-allow-origin")]).toEqual([origin, undefined]);
          expect([origin, header(answer, "access-control-allow-credentials")]).toEqual([origin, undefined]);
        }
      });

      check(
        `cross-origin call, HTTP/${version}`,
        "of a known origin may be read, refusals too; a foreign one may not",
        async () => {
          const calls = [
            { target: "/conformance/catalog", status: 200 },
            { target: "/conformance/items", status: 401 },
          ];
          for (const { target, status } of calls) {
            const known = await ask(lab().url, {
              version,
              target,
              fields: [...lab().newCase().fields, ["origin", ORIGINS[1]]],
            });
            expect([target, known.status, header(known, "access-control-allow-origin")]).toEqual([
              target,
              status,
              ORIGINS[1],
            ]);
            expect(header(known, "access-control-allow-credentials")).toBe("true");
            const exposed = listOf(known, "access-control-expose-headers");
            expect(READS.filter((each) => !exposed.includes(each))).toEqual([]);
            expect(header(known, "vary")?.toLowerCase()).toContain("origin");
            const foreign = await ask(lab().url, {
              version,
              target,
              fields: [...lab().newCase().fields, ["origin", "https://evil.example"]],
            });
            expect(header(foreign, "access-control-allow-origin")).toBeUndefined();
          }
        },
      );
    }

    check("cors of the service", "is replaced: what a service says of origins is not the gateway's word", async () => {
      const mine = lab().newCase();
      lab().web.behave(mine.id, ({ reply }) => {
        reply.begin(200, [
          ["access-control-allow-origin", "*"],
          ["access-control-allow-credentials", "true"],
        ]);
        reply.end("{}");
      });
      const fields: Field[] = [...mine.fields, ["origin", "https://evil.example"]];
      const answer = await ask(lab().url, { target: "/conformance/catalog", fields });
      expect(header(answer, "access-control-allow-origin")).toBeUndefined();
    });
  });
}
