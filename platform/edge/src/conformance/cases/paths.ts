import { expect } from "vitest";
import { ask } from "../client/ask.ts";
import { exchange, statusesIn } from "../client/raw.ts";
import type { Suite } from "../suite.ts";

/** Spellings of protected paths, of paths for services, and of neither. None may be served without a session. */
const spellings: readonly string[] = [
  "//conformance/items",
  "/conformance//items",
  "/conformance/items/",
  "/conformance/items//",
  "///conformance///items",
  "/./conformance/items",
  "/conformance/./items",
  "/conformance/items/.",
  "/../conformance/items",
  "/conformance/../conformance/items",
  "/conformance/catalog/../items",
  "/conformance/catalog/../../conformance/items",
  "/conformance/catalog/..",
  "/conformance/catalog/x/../../items",
  "/healthz/../conformance/items",
  "/conformance/catalog/%2e%2e/items",
  "/conformance/catalog/%2E%2E/items",
  "/conformance/catalog/.%2e/items",
  "/conformance/catalog/%2e./items",
  "/conformance/%2e/items",
  "/conformance/catalog/..%2fitems",
  "/conformance/catalog/..%2Fitems",
  "/conformance/catalog%2f..%2fitems",
  "/conformance%2fitems",
  "/conformance/catalog/%2e%2e%2fitems",
  "/conformance/catalog/..%5citems",
  "/conformance/catalog/..%5Citems",
  "/conformance/catalog/..\\items",
  "/conformance\\items",
  "\\conformance\\items",
  "/conformance/catalog/..;/items",
  "/conformance/catalog;x/..;y/items",
  "/conformance/catalog;/items",
  "/conformance/items;x",
  "/conformance/items;jsessionid=1",
  "/conformance/;/items",
  "/conformance/catalog/.%00./items",
  "/conformance/items%00",
  "/conformance/catalog%00/../items",
  "/conformance/items%20",
  "/conformance/items%09",
  "/conformance/items%0a",
  "/conformance/items%0d%0aX-Gantry-Identity:%20x",
  "/conformance/items#/conformance/catalog",
  "/conformance/catalog#/../items",
  "/conformance/items?/conformance/catalog",
  "/conformance/items?x=/conformance/catalog",
  "/conformance/items%3f/conformance/catalog",
  "/conformance/items%23",
  "/CONFORMANCE/items",
  "/Conformance/Items",
  "/conformance/ITEMS",
  "/conformance/catalogue",
  "/conformance/cataloguitems",
  "/conformance/catalog/x/items",
  "/%63onformance/items",
  "/conformance/%69tems",
  "/conformance/it%65ms",
  "/conformance/%c0%ae%c0%ae/items",
  "/conformance/%u002e%u002e/items",
  "/conformance/catalog/%252e%252e/items",
  "/conformance/catalog/%25%32%65%25%32%65/items",
  "/conformance/items%",
  "/conformance/items%2",
  "/conformance/items%zz",
  "conformance/items",
  "items",
  "*",
  "",
  "http://x/conformance/items",
  "http://x/conformance/catalog/../items",
  "http://127.0.0.1/conformance/items",
  "https://x//conformance/items",
  "http:/conformance/items",
  "//x/conformance/items",
  "x:80",
  "/gantry.conformance.v1.WireService/Open/../Say",
  "/gantry.conformance.v1.WireService/Open/%2e%2e/Say",
  "/gantry.conformance.v1.WireService//Say",
  "/gantry.conformance.v1.WireService/say",
  "/Gantry.Conformance.V1.WireService/Say",
  "/gantry.conformance.v1.WireService/Say/",
  "/gantry.conformance.v1.WireService/Settle",
  "/gantry.conformance.v1.WireService/Open/../Settle",
  "/gantry.conformance.v1.WireService/Settle/",
  "/gantry.conformance.v1.WireService/Settle;x",
  "/gantry.conformance.v1.WireService%2FSettle",
  "/gantry.conformance.v1.WireService/Settl%65",
  "/gantry.conformance.v1.WireService./Settle",
  "/conformance/settle",
  "/conformance/catalog/../settle",
  "/transcoded/say",
];

/** What may be said of a spelling: it is refused, there is no such thing, or a session is wanted. */
const CLOSED = [400, 401, 404, 405, 501, 505];
const methods = ["GET", "POST"];

const PUBLIC = "/conformance/catalog";

/** That no way to write a path leads past the check. */
export function paths(suite: Suite): void {
  suite.group("paths", { lock: true }, (lab, check) => {
    for (const spelling of spellings) {
      check(`path ${JSON.stringify(spelling)}`, "does not get past the check", async () => {
        for (const method of methods) {
          const mine = lab().newCase();
          const head = `${method} ${spelling} HTTP/1.1\r\nHost: x\r\nx-case: ${mine.id}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`;
          const text = await exchange(lab().url, head, { one: true });
          if (text !== "") expect(CLOSED).toContain(statusesIn(text)[0]);
          expect(mine.arrivals()).toHaveLength(0);
        }
      });
    }

    check("paths over h2", "the same spellings, over HTTP/2", async () => {
      for (const target of spellings) {
        const mine = lab().newCase();
        const answer = await ask(lab().url, { version: "2", target, fields: mine.fields }).catch(() => undefined);
        expect([target, [0, ...CLOSED].includes(answer?.status ?? 0)]).toEqual([target, true]);
        expect([target, mine.arrivals().length]).toEqual([target, 0]);
      }
    });

    check(
      "paths with a session",
      "a spelling that is served with a session arrives as the route that was checked",
      async () => {
        for (const spelling of spellings) {
          const mine = lab().newCase(lab().people.person());
          const head = [
            `GET ${spelling} HTTP/1.1`,
            "Host: x",
            ...mine.fields.map((each) => each.join(": ")),
            "Connection: close",
          ];
          await exchange(lab().url, `${head.join("\r\n")}\r\n\r\n`, { one: true });
        }
        expect(await lab().wrongs()).toEqual([]);
      },
    );

    check("public prefix", "a public path opens nothing that only begins like it", async () => {
      for (const suffix of ["/x/y", "x", "/x/", ".json", "-x", "%2fx/y", "/x/../../items"]) {
        const mine = lab().newCase();
        const answer = await ask(lab().url, { target: `${PUBLIC}${suffix}`, fields: mine.fields });
        expect([suffix, CLOSED.includes(answer.status)]).toEqual([suffix, true]);
        expect(mine.arrivals()).toHaveLength(0);
      }
    });

    check("long path", "one of 60 kB is refused, and the next is served", async () => {
      const mine = lab().newCase();
      const answer = await ask(lab().url, { target: `${PUBLIC}/${"a".repeat(60_000)}`, fields: mine.fields });
      expect([0, 400, 404, 414, 431]).toContain(answer.status);
      expect((await ask(lab().url, { target: PUBLIC, fields: lab().newCase().fields })).status).toBe(200);
    });
  });
}
