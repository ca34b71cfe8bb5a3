import { createHash, randomBytes } from "node:crypto";
import { expect } from "vitest";
import { answerOf, ask, header } from "../client/ask.ts";
import { begin, versions } from "../client/call.ts";
import { within } from "../client/within.ts";
import { bodyOf } from "../fixture/arrival.ts";
import type { Field } from "../fixture/fields.ts";
import { MAX_BODY_BYTES } from "../rig.ts";
import type { Suite } from "../suite.ts";

const MEGABYTE = 1024 * 1024;
/** Far more than sockets and windows on the way can hold. */
const ENDLESS = 512 * MEGABYTE;
/** What may be on the way to a reader who does not read: windows, socket buffers, the gateway's own. */
const HELD_BYTES = 32 * MEGABYTE;
/** The gateway's own grace on top of a deadline, and what a busy machine adds. */
const GRACE_MS = 5_000;

const sha = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

/** That bodies pass whole, bounded and unlooked at. */
export function bodies(suite: Suite): void {
  suite.group("bodies", {}, (lab, check) => {
    for (const version of versions) {
      check(
        `upload, HTTP/${version}`,
        "a body up to the limit arrives byte for byte, with and without its length",
        async () => {
          const body = randomBytes(MAX_BODY_BYTES - 1024);
          for (const length of [[], [["content-length", String(body.length)] as const]]) {
            const mine = lab().newCase(lab().people.person());
            lab().web.behave(mine.id, async (arrival) => {
              arrival.reply.begin(200);
              arrival.reply.end(sha(await bodyOf(arrival)));
            });
            const fields: Field[] = [...mine.fields, ["content-type", "application/octet-stream"], ...length];
            const answer = await ask(lab().url, {
              version,
              method: "POST",
              target: "/conformance/items",
              fields,
              body,
            });
            expect([answer.status, answer.text]).toEqual([200, sha(body)]);
          }
        },
      );

      check(`download, HTTP/${version}`, "a large answer arrives byte for byte", async () => {
        const body = randomBytes(8 * MEGABYTE);
        const mine = lab().newCase(lab().people.person());
        lab().web.behave(mine.id, async ({ reply }) => {
          reply.begin(200, [["content-type", "application/octet-stream"]]);
          for (let at = 0; at < body.length; at += 65_536) {
            reply.write(body.subarray(at, at + 65_536));
            await reply.drained();
          }
          reply.end();
        });
        const answer = await ask(lab().url, { version, target: "/conformance/items", fields: mine.fields });
        expect([answer.status, sha(answer.bytes)]).toEqual([200, sha(body)]);
      });

      check(
        `slow reader, HTTP/${version}`,
        "holds its service up instead of filling the gateway; others are served",
        async () => {
          const mine = lab().newCase(lab().people.person());
          let written = 0;
          lab().web.behave(mine.id, async ({ reply }) => {
            reply.begin(200, [["content-type", "application/octet-stream"]]);
            for (; written < ENDLESS; written += 65_536) {
              reply.write(Buffer.alloc(65_536));
              await reply.drained();
            }
          });
          const call = begin(lab().url, { version, target: "/conformance/items", fields: mine.fields });
          call.request.end();
          await call.head;
          await stalled(() => written);
          expect(written).toBeLessThan(HELD_BYTES);
          const other = await ask(lab().url, {
            version,
            target: "/conformance/catalog",
            fields: lab().newCase().fields,
          });
          expect(other.status).toBe(200);
          call.abort();
          await within(GRACE_MS, "the service hears of it", (await mine.arrival()).gone);
        },
      );

      check(`slow service, HTTP/${version}`, "a service that does not read holds its caller up", async () => {
        const mine = lab().newCase(lab().people.person());
        lab().wire.behave(mine.id, () => undefined);
        const fields: Field[] = [...mine.fields, ["content-type", "application/connect+json"]];
        const target = "/gantry.conformance.v1.WireService/Talk";
        const call = begin(lab().url, { version, method: "POST", target, fields });
        call.request.on("error", () => undefined);
        let sent = 0;
        const pump = (): void => {
          while (sent < ENDLESS && !call.request.destroyed) {
            sent += 65_536;
            if (!call.request.write(Buffer.alloc(65_536))) return;
          }
        };
        call.request.on("drain", pump);
        pump();
        await mine.arrival();
        await stalled(() => sent);
        expect(sent).toBeLessThan(HELD_BYTES);
        call.abort();
      });

      const expecting: Field[] = [
        ["expect", "100-continue"],
        ["content-length", "2"],
      ];
      const options = { version, method: "POST", target: "/conformance/items" };
      check(
        `100-continue served, HTTP/${version}`,
        "a caller that waits to be asked for its body is asked",
        async () => {
          const mine = lab().newCase(lab().people.person());
          const call = begin(lab().url, { ...options, fields: [...mine.fields, ...expecting] });
          const asked = new Promise<void>((resolve) => call.request.once("continue", resolve));
          call.sendHead();
          await within(GRACE_MS, "100", asked);
          call.request.end("ok");
          expect((await answerOf(call)).status).toBe(200);
        },
      );
      check(
        `100-continue, HTTP/${version}`,
        "a caller without a session is refused before its body is asked for",
        async () => {
          const refused = begin(lab().url, { ...options, fields: [...lab().newCase().fields, ...expecting] });
          refused.request.on("error", () => undefined);
          refused.sendHead();
          const head = await within(GRACE_MS, "401", refused.head).finally(() => refused.abort());
          expect([head.status, refused.informed]).toEqual([401, []]);
        },
      );

      check(
        `no body, HTTP/${version}`,
        "HEAD, 204 and 304 come as they are, and the connection stays good",
        async () => {
          const shapes = [
            { method: "HEAD", status: 200, length: [["content-length", "1234"] as const] },
            { method: "GET", status: 204, length: [] },
            { method: "GET", status: 304, length: [] },
          ];
          for (const { method, status, length } of shapes) {
            const mine = lab().newCase();
            lab().web.behave(mine.id, ({ reply }) => {
              reply.begin(status, [["etag", '"1"'], ...length]);
              reply.end();
            });
            const answer = await ask(lab().url, {
              version,
              method,
              target: "/conformance/catalog",
              fields: mine.fields,
            });
            expect([method, answer.status, answer.text, answer.complete]).toEqual([method, status, "", true]);
            expect(header(answer, "etag")).toBe('"1"');
            if (method === "HEAD") expect(header(answer, "content-length")).toBe("1234");
          }
        },
      );
    }

    check("early answer", "an answer before the whole body was read reaches its caller", async () => {
      for (const version of versions) {
        const mine = lab().newCase(lab().people.person());
        lab().web.behave(mine.id, ({ reply }) => {
          reply.begin(409, [["content-type", "application/json"]]);
          reply.end('{"early":true}');
        });
        const fields: Field[] = [...mine.fields, ["content-type", "application/octet-stream"]];
        const body = Buffer.alloc(MAX_BODY_BYTES - 10);
        const answer = await ask(lab().url, { version, method: "POST", target: "/conformance/items", fields, body });
        expect([version, answer.status, answer.text]).toEqual([version, 409, '{"early":true}']);
      }
    });
  });
}

/** Until a number has stood still for a while. */
async function stalled(value: () => number): Promise<void> {
  for (let [last, still] = [-1, 0]; still < 10; ) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    still = value() === last ? still + 1 : 0;
    last = value();
  }
}
