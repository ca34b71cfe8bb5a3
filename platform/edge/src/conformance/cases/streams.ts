import { setTimeout as delay } from "node:timers/promises";
import { createClient } from "@connectrpc/connect";
import { expect } from "vitest";
import { answerOf } from "../client/ask.ts";
import { begin, versions } from "../client/call.ts";
import { envelope, framesOf } from "../client/envelopes.ts";
import { echoTransports } from "../client/transports.ts";
import { eventually, within } from "../client/within.ts";
import { heldStreamMs } from "../config.ts";
import { echoService } from "../fixture/echo-service.ts";
import type { Field } from "../fixture/fields.ts";
import type { Suite } from "../suite.ts";

const TALK = "/gantry.conformance.v1.WireService/Talk";
const grpc: readonly Field[] = [
  ["content-type", "application/grpc"],
  ["te", "trailers"],
];
/** How soon the other side hears of an end. Generous: what is checked is that it hears of it. */
const TOLD_MS = 5_000;
const EVENT_EVERY_MS = 250;

async function* texts(count: number): AsyncIterable<{ value: string }> {
  for (let n = 1; n <= count; n++) yield { value: String(n) };
}

/** That what flows, flows as it comes, both ways, and ends on both sides. */
export function streams(suite: Suite): void {
  suite.group("streams", {}, (lab, check) => {
    for (const { name, fullDuplex, open } of echoTransports) {
      check(`stream kinds, ${name}`, "server and client streams carry every message", async () => {
        const person = lab().people.person();
        await using transport = open(lab().url, person.token);
        const client = createClient(echoService, transport);
        const counted: string[] = [];
        for await (const { value } of client.count({ value: "5" })) counted.push(value);
        expect(counted).toEqual(["1", "2", "3", "4", "5"]);
        expect((await client.collect(texts(4))).value).toBe("1 2 3 4");
        expect(lab().echo.calls.at(-1)).toMatchObject({ caller: `user:${person.userUuid}` });
      });
      if (!fullDuplex) continue;
      check(`full duplex, ${name}`, "each message is answered before the next is sent", async () => {
        await using transport = open(lab().url, lab().people.person().token);
        const answers: string[] = [];
        const turns = [0, 1, 2].map(() => Promise.withResolvers<void>());
        async function* asking(): AsyncIterable<{ value: string }> {
          for (const [n, turn] of turns.entries()) {
            yield { value: String(n) };
            await within(TOLD_MS, `the answer to ${n}`, turn.promise);
          }
        }
        for await (const { value } of createClient(echoService, transport).talk(asking())) {
          turns[answers.length]?.resolve();
          answers.push(value);
        }
        expect(answers).toEqual(["0!", "1!", "2!"]);
      });
    }

    for (const version of versions) {
      check(`events, HTTP/${version}`, "each event comes when it is sent, over the time a stream is held", async () => {
        const heldMs = heldStreamMs();
        const mine = lab().newCase(lab().people.person());
        const sent: number[] = [];
        lab().web.behave(mine.id, async ({ reply }) => {
          reply.begin(200, [
            ["content-type", "text/event-stream"],
            ["cache-control", "no-cache"],
          ]);
          const until = performance.now() + heldMs;
          for (let n = 0; performance.now() < until; n++) {
            sent.push(n);
            reply.write(`id: ${n}\ndata: ${n}\n\n`);
            await eventually(`event ${n} got through`, () => got().length > n, TOLD_MS);
            await delay(EVENT_EVERY_MS);
          }
          reply.end();
        });
        const call = begin(lab().url, {
          version,
          target: "/conformance/events",
          fields: [...mine.fields, ["accept", "text/event-stream"]],
        });
        call.request.end();
        let text = "";
        const got = (): string[] => [...text.matchAll(/^data: (\d+)$/gm)].map(([, n]) => n ?? "");
        const { status, fields } = await call.head;
        expect([status, fields.some(([name]) => name.toLowerCase() === "content-length")]).toEqual([200, false]);
        call.body().on("data", (chunk: Buffer) => {
          text += chunk.toString();
        });
        expect(await within(heldMs + TOLD_MS, "the end of the stream", call.over)).toBeDefined();
        expect(got()).toEqual(sent.map(String));
      });

      check(`head first, HTTP/${version}`, "an answer's head comes before its body begins", async () => {
        const mine = lab().newCase(lab().people.person());
        const release = Promise.withResolvers<void>();
        lab().web.behave(mine.id, async ({ reply }) => {
          reply.begin(200, [["content-type", "text/event-stream"]]);
          await release.promise;
          reply.end("data: late\n\n");
        });
        const call = begin(lab().url, { version, target: "/conformance/events", fields: mine.fields });
        call.request.end();
        expect((await within(TOLD_MS, "the head", call.head)).status).toBe(200);
        release.resolve();
        expect((await answerOf(call)).text).toBe("data: late\n\n");
      });
    }

    check("trailers", "of a service come back to the caller, whatever they are", async () => {
      const mine = lab().newCase(lab().people.person());
      lab().wire.behave(mine.id, ({ reply }) => {
        reply.begin(200, [["content-type", "application/grpc"]]);
        reply.write(envelope("one"));
        reply.end(undefined, [
          ["grpc-status", "9"],
          ["grpc-message", "not%20now"],
          ["x-detail-bin", "AAEC"],
        ]);
      });
      const call = begin(lab().url, { version: "2", method: "POST", target: TALK, fields: [...mine.fields, ...grpc] });
      call.request.end(envelope("x"));
      const answer = await answerOf(call);
      expect(framesOf(answer.bytes).map(({ data }) => data.toString())).toEqual(["one"]);
      expect(Object.fromEntries(answer.trailers)).toMatchObject({
        "grpc-status": "9",
        "grpc-message": "not%20now",
        "x-detail-bin": "AAEC",
      });
    });

    check("trailers only", "an answer without a body keeps its status", async () => {
      const mine = lab().newCase(lab().people.person());
      lab().wire.behave(mine.id, ({ reply }) => {
        reply.begin(200, [
          ["content-type", "application/grpc"],
          ["grpc-status", "7"],
        ]);
        reply.end();
      });
      const call = begin(lab().url, { version: "2", method: "POST", target: TALK, fields: [...mine.fields, ...grpc] });
      call.request.end(envelope("x"));
      const answer = await answerOf(call);
      const all = Object.fromEntries([...answer.fields, ...answer.trailers]);
      expect([answer.complete, all["grpc-status"]]).toEqual([true, "7"]);
    });

    check("client compression", "what is compressed stays compressed, byte for byte", async () => {
      const bytes = Buffer.from("1f8b0800000000000003cb48cdc9c9070086a6103605000000", "hex");
      const mine = lab().newCase(lab().people.person());
      lab().web.behave(mine.id, async ({ reply, body, fields }) => {
        const chunks = await body.toArray();
        const encoding = fields.find(([name]) => name.toLowerCase() === "content-encoding")?.[1];
        reply.begin(200, [["content-encoding", encoding ?? "none"]]);
        reply.end(Buffer.concat(chunks));
      });
      const fields: Field[] = [...mine.fields, ["content-encoding", "gzip"], ["accept-encoding", "gzip, br"]];
      const call = begin(lab().url, { method: "POST", target: "/conformance/items", fields });
      call.request.end(bytes);
      const answer = await answerOf(call);
      expect([answer.bytes.toString("hex"), Object.fromEntries(answer.fields)["content-encoding"]]).toEqual([
        bytes.toString("hex"),
        "gzip",
      ]);
    });
  });
}
