import { expect } from "vitest";
import { exchange, statusesIn } from "../client/raw.ts";
import { attempts } from "../fixture/smuggled.ts";
import type { Suite } from "../suite.ts";

/** That one request is one request on both sides of the gateway. */
export function smuggling(suite: Suite): void {
  suite.group("request smuggling", { lock: true }, (lab, check) => {
    for (const { name, fields, body = "", line = "POST /conformance/catalog HTTP/1.1", eol = "\r\n" } of attempts) {
      check(`smuggling ${name}`, "never makes two requests of one, nor a protected one of a public one", async () => {
        const mine = lab().newCase();
        const before = lab().reached();
        const head = [line, ...fields, `x-case: ${mine.id}`, "", ""].join(eol);
        const text = await exchange(lab().url, head + body, { firstMs: 1_500 });
        expect(mine.arrivals().length).toBeLessThanOrEqual(1);
        expect(lab().reached() - before).toBeLessThanOrEqual(1);
        const served = statusesIn(text).filter((status) => status === 200);
        expect(served.length).toBeLessThanOrEqual(lab().reached() - before);
      });
    }

    check("pipelined requests", "are answered in their order, each by itself", async () => {
      const person = lab().people.person();
      const cases = [lab().newCase(), lab().newCase(person), lab().newCase()];
      const targets = ["/conformance/catalog", "/conformance/items", "/conformance/items"];
      const text = cases.map(({ fields }, n) =>
        [`GET ${targets[n]} HTTP/1.1`, "Host: x", ...fields.map((field) => field.join(": ")), "", ""].join("\r\n"),
      );
      expect(statusesIn(await exchange(lab().url, text.join("")))).toEqual([200, 200, 401]);
      expect(cases.map((each) => each.arrivals().length)).toEqual([1, 1, 0]);
    });

    check(
      "one session is not the next one's",
      "on a kept connection, a request without a session is nobody's",
      async () => {
        const person = lab().people.person();
        const [first, second] = [lab().newCase(person), lab().newCase()];
        const request = (fields: readonly (readonly [string, string])[]): string =>
          ["GET /conformance/items HTTP/1.1", "Host: x", ...fields.map((field) => field.join(": ")), "", ""].join(
            "\r\n",
          );
        const text = await exchange(lab().url, request(first.fields) + request(second.fields));
        expect(statusesIn(text)).toEqual([200, 401]);
        expect(second.arrivals()).toHaveLength(0);
      },
    );

    check("body of a refused request", "is not taken for the next request", async () => {
      const body = "GET /conformance/catalog HTTP/1.1\r\nHost: x\r\n\r\n";
      const head = `POST /conformance/items HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n\r\n`;
      const before = lab().reached();
      expect(statusesIn(await exchange(lab().url, head + body))).toEqual([401]);
      expect(lab().reached()).toBe(before);
    });
  });
}
