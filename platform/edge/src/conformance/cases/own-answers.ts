import { expect } from "vitest";
import { ask, header, jsonOf } from "../client/ask.ts";
import { versions } from "../client/call.ts";
import { protocols } from "../client/protocols.ts";
import { exchange, statusesIn } from "../client/raw.ts";
import { eventually } from "../client/within.ts";
import type { Suite } from "../suite.ts";

/** What the gateway says itself. */
export function ownAnswers(suite: Suite): void {
  suite.group("own answers", {}, (lab, check) => {
    for (const version of versions) {
      check(
        `healthz, HTTP/${version}`,
        "is 200 while the port is open, without a session and without IAM",
        async () => {
          const before = lab().reached();
          const answer = await ask(lab().url, { version, target: "/healthz" });
          expect([answer.status, jsonOf(answer)]).toEqual([200, { status: "ok" }]);
          expect(header(answer, "content-type")).toMatch(/^application\/json/);
          expect(lab().reached()).toBe(before);
        },
      );
      check(`unknown path, HTTP/${version}`, "is a 404 in JSON", async () => {
        for (const target of ["/", "/nothing", "/conformance", "/conformance/items/a/b/c", "/favicon.ico"]) {
          const answer = await ask(lab().url, { version, target, fields: lab().newCase(lab().people.person()).fields });
          expect([target, answer.status, jsonOf(answer)?.code]).toEqual([target, 404, "ROUTE_NOT_FOUND"]);
          expect(header(answer, "content-type")).toMatch(/^application\/problem\+json/);
        }
      });
      check(`wrong method, HTTP/${version}`, "is 405 and says which are right, session or not", async () => {
        const wrong = [
          { target: "/conformance/items", method: "DELETE", allow: ["GET", "POST"] },
          { target: "/conformance/items/a", method: "POST", allow: ["DELETE", "GET", "PUT"] },
          { target: "/conformance/items", method: "PROPFIND", allow: ["GET", "POST"] },
          { target: "/conformance/catalog", method: "DELETE", allow: ["GET", "HEAD", "POST"] },
          { target: "/gantry.conformance.v1.WireService/Say", method: "GET", allow: ["POST"] },
          { target: "/gantry.conformance.v1.WireService/Look", method: "PUT", allow: ["GET", "POST"] },
        ];
        for (const { target, method, allow } of wrong) {
          const mine = lab().newCase(lab().people.person());
          const answer = await ask(lab().url, { version, method, target, fields: mine.fields });
          expect([target, method, answer.status]).toEqual([target, method, 405]);
          const allowed =
            header(answer, "allow")
              ?.split(/,\s*/)
              .filter((each) => each !== "OPTIONS") ?? [];
          expect([target, allowed.toSorted()]).toEqual([target, allow]);
          expect(mine.arrivals()).toHaveLength(0);
        }
      });
    }

    for (const protocol of protocols.filter(({ name }) => !name.startsWith("http"))) {
      check(`unknown method, ${protocol.name}`, "a client reads that there is none", async () => {
        const options = protocol.protectedCall(lab().newCase(lab().people.person()).fields);
        const target = options.target.replace(/\/(Say|Look|Watch)/, "/Nothing");
        const answer = await ask(lab().url, { ...options, target });
        const code = answer.status === 404 ? "by its status" : protocol.codeOf(answer);
        expect(["by its status", "unimplemented", "not_found"]).toContain(code);
      });
    }

    check("connect method", "CONNECT and TRACE are not served", async () => {
      const before = lab().reached();
      for (const line of [
        "TRACE /conformance/catalog HTTP/1.1",
        "CONNECT x:80 HTTP/1.1",
        "CONNECT /conformance/catalog HTTP/1.1",
      ]) {
        const text = await exchange(lab().url, `${line}\r\nHost: x\r\n\r\n`, { firstMs: 1_000, one: true });
        expect([undefined, 400, 403, 404, 405, 501]).toContain(statusesIn(text)[0]);
      }
      expect(lab().reached()).toBe(before);
    });

    check("readyz", "is 200 while IAM answers, and 503 while it does not", async () => {
      const ready = async (): Promise<number> => (await ask(lab().url, { target: "/readyz" })).status;
      await eventually("ready", async () => (await ready()) === 200);
      await lab().iam.kill();
      try {
        await eventually("not ready", async () => (await ready()) === 503, 15_000);
        expect((await ask(lab().url, { target: "/healthz" })).status).toBe(200);
      } finally {
        await lab().iam.revive();
      }
      await eventually("ready again", async () => (await ready()) === 200, 15_000);
    });

    check("dead service", "is 502 or 503 in each protocol, at once; it is found again", async () => {
      await lab().wire.kill();
      try {
        for (const protocol of protocols.filter(({ name }) => !name.startsWith("http"))) {
          const answer = await ask(lab().url, protocol.protectedCall(lab().newCase(lab().people.person()).fields));
          expect([protocol.name, protocol.codeOf(answer)]).toEqual([protocol.name, "unavailable"]);
        }
      } finally {
        await lab().wire.revive();
      }
      await eventually(
        "served again",
        async () => {
          const target = "/gantry.conformance.v1.WireService/Look?connect=v1&encoding=json&message=%22%22";
          return (await ask(lab().url, { target, fields: lab().newCase(lab().people.person()).fields })).status === 200;
        },
        15_000,
      );
    });

    check("no leaks", "refusals name nothing of the inside: no address, no port, no product's error", async () => {
      await lab().web.kill();
      try {
        const answer = await ask(lab().url, { target: "/conformance/catalog", fields: lab().newCase().fields });
        expect(answer.text).not.toMatch(/127\.0\.0\.1|ECONN|:\d{4,5}|at .*\.(ts|js)|upstream connect error/);
        expect([502, 503]).toContain(answer.status);
        expect(jsonOf(answer)?.code).toBe("UPSTREAM_UNAVAILABLE");
      } finally {
        await lab().web.revive();
      }
    });
  });
}
