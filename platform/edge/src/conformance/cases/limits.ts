import { expect } from "vitest";
import { ask, header, jsonOf } from "../client/ask.ts";
import { versions } from "../client/call.ts";
import { callOn, openSession } from "../client/h2-call.ts";
import { protocols } from "../client/protocols.ts";
import { dial, statusesIn } from "../client/raw.ts";
import { eventually } from "../client/within.ts";
import type { Field } from "../fixture/fields.ts";
import { MAX_BODY_BYTES } from "../rig.ts";
import type { Suite } from "../suite.ts";

const HEADER_BYTES = 16 * 1024;
const HEADER_COUNT = 80;
const HEADER_TIMEOUT_MS = 1_000;
const CONNECTIONS = 20;
const STREAMS = 10;

const numbered = (count: number, length: number): Field[] =>
  Array.from({ length: count }, (_, n): Field => [`x-fill-${n}`, "f".repeat(length)]);

/** What one caller can take of a gateway. */
export function limits(suite: Suite): void {
  const tight = {
    limits: {
      headerBytes: HEADER_BYTES,
      headerCount: HEADER_COUNT,
      headerTimeoutMs: HEADER_TIMEOUT_MS,
      streamsPerConnection: STREAMS,
    },
  };
  suite.group("limits", { setup: tight }, (lab, check) => {
    for (const protocol of protocols.filter(({ name }) => !name.includes("get") && !name.startsWith("http"))) {
      check(`body too large, ${protocol.name}`, "is resource_exhausted in the caller's own protocol", async () => {
        const mine = lab().newCase(lab().people.person());
        const body = Buffer.alloc(MAX_BODY_BYTES * 2, "x");
        const answer = await ask(lab().url, { ...protocol.protectedCall(mine.fields), body });
        const code = answer.status === 413 ? "413" : protocol.codeOf(answer);
        expect(
          protocol.name.startsWith("connect stream") ? ["resource_exhausted", "413"] : ["resource_exhausted"],
        ).toContain(protocol.name.startsWith("connect stream") ? code : protocol.codeOf(answer));
      });
    }
    for (const version of versions) {
      check(`body too large, http, HTTP/${version}`, "is 413, said with its length or found out", async () => {
        const body = Buffer.alloc(MAX_BODY_BYTES * 2, "x");
        for (const length of [[], [["content-length", String(body.length)] as const]]) {
          const mine = lab().newCase(lab().people.person());
          const fields = [...mine.fields, ...length];
          const answer = await ask(lab().url, { version, method: "POST", target: "/conformance/items", fields, body });
          expect([answer.status, jsonOf(answer)?.code]).toEqual([413, "BODY_TOO_LARGE"]);
        }
      });
      check(`headers too large, HTTP/${version}`, "are refused, reach nobody, and others are served", async () => {
        const mine = lab().newCase();
        const fields = [...mine.fields, ...numbered(40, 1000)];
        const answer = await ask(lab().url, { version, target: "/conformance/catalog", fields });
        expect(version === "2" ? [0, 431] : [431]).toContain(answer.status);
        expect(mine.arrivals()).toHaveLength(0);
        const next = await ask(lab().url, { version, target: "/conformance/catalog", fields: lab().newCase().fields });
        expect(next.status).toBe(200);
      });
      check(`too many headers, HTTP/${version}`, "are refused and reach nobody", async () => {
        const mine = lab().newCase();
        const fields = [...mine.fields, ...numbered(HEADER_COUNT * 2, 1)];
        const answer = await ask(lab().url, { version, target: "/conformance/catalog", fields });
        expect(version === "2" ? [0, 400, 431] : [400, 431]).toContain(answer.status);
        expect(mine.arrivals()).toHaveLength(0);
      });
    }

    check("slow headers", "a caller that does not come to the point is told so, or cut", async () => {
      const before = lab().reached();
      const silent = dial(lab().url);
      const dripping = dial(lab().url);
      dripping.say("GET /conformance/catalog HTTP/1.1\r\nHost: x\r\n");
      const timer = setInterval(() => dripping.say("x-a: b\r\n"), 200);
      await eventually("both are closed", () => silent.closed && dripping.closed, 20_000);
      clearInterval(timer);
      expect([undefined, 400, 408]).toContain(statusesIn(dripping.heard())[0]);
      expect(lab().reached()).toBe(before);
    });

    check("too many streams", "of one connection wait or are refused; all of them end", async () => {
      const session = openSession(lab().url);
      const person = lab().people.person();
      const held = Array.from({ length: STREAMS * 2 }, () => lab().newCase(person));
      const calls = held.map(({ id, fields }) => {
        lab().web.behave(id, () => undefined);
        const call = callOn(session, lab().url, { version: "2", target: "/conformance/items", fields });
        call.request.on("error", () => undefined);
        call.request.end();
        return call;
      });
      const arrived = (): number => held.filter((each) => each.arrivals().length > 0).length;
      await eventually("as many as may", () => arrived() >= STREAMS);
      const other = await ask(lab().url, {
        version: "2",
        target: "/conformance/catalog",
        fields: lab().newCase().fields,
      });
      expect(other.status).toBe(200);
      expect(arrived()).toBeLessThanOrEqual(STREAMS);
      for (const call of calls) call.abort();
      await Promise.all(calls.map(({ over }) => over));
      session.destroy();
    });
  });

  suite.group("connections", { setup: { limits: { connections: CONNECTIONS } } }, (lab, check) => {
    check("too many connections", "the further ones are not served; when others go, new ones are", async () => {
      const held = Array.from({ length: CONNECTIONS * 2 }, () => dial(lab().url));
      for (const each of held) each.say("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
      const served = (): number => held.filter((each) => each.heard().startsWith("HTTP/1.1 200")).length;
      await eventually("as many as may", () => served() >= CONNECTIONS - 1);
      expect(served()).toBeLessThanOrEqual(CONNECTIONS);
      for (const { socket } of held) socket.destroy();
      await eventually(
        "room again",
        async () => (await ask(lab().url, { target: "/healthz" }).catch(() => undefined))?.status === 200,
      );
    });
  });

  suite.group("fast reset", {}, (lab, check) => {
    check("rapid reset", "streams that are reset at once do not pile up, and others are served", async () => {
      const session = openSession(lab().url);
      const person = lab().people.person();
      for (let n = 0; n < 300 && !session.destroyed; n++) {
        const call = callOn(session, lab().url, {
          version: "2",
          target: "/conformance/items",
          fields: lab().newCase(person).fields,
        });
        call.request.on("error", () => undefined);
        call.abort();
      }
      const answer = await ask(lab().url, {
        version: "2",
        target: "/conformance/items",
        fields: lab().newCase(person).fields,
      });
      expect([answer.status, header(answer, "content-type")]).toEqual([200, "application/json"]);
      session.destroy();
    });
  });
}
