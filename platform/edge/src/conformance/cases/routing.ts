import { createClient } from "@connectrpc/connect";
import { expect } from "vitest";
import { ask, header, jsonOf } from "../client/ask.ts";
import { versions } from "../client/call.ts";
import { protocols } from "../client/protocols.ts";
import { echoTransports } from "../client/transports.ts";
import { echoService } from "../fixture/echo-service.ts";
import { fieldOf } from "../fixture/fields.ts";
import type { Suite } from "../suite.ts";

/** That a request gets where the table says, as it was sent. */
export function routing(suite: Suite): void {
  suite.group("routing", {}, (lab, check) => {
    for (const protocol of protocols) {
      check(`route ${protocol.name}`, "a good session gets through, and the service learns whose it is", async () => {
        const person = lab().people.person();
        const mine = lab().newCase(person);
        const options = protocol.protectedCall(mine.fields);
        const answer = await ask(lab().url, options);
        expect([answer.status, answer.complete]).toEqual([200, true]);
        const arrival = await mine.arrival();
        expect(arrival.target).toBe(options.target);
        expect(arrival.method).toBe(options.method ?? "GET");
        expect(fieldOf(arrival.fields, "content-type")).toBe(fieldOf(options.fields ?? [], "content-type"));
      });
      check(`public ${protocol.name}`, "a public operation needs no session", async () => {
        const mine = lab().newCase();
        const answer = await ask(lab().url, protocol.publicCall(mine.fields));
        expect(answer.status).toBe(200);
        await mine.arrival();
      });
    }

    for (const version of versions) {
      check(`path parameters, HTTP/${version}`, "each is one segment, and arrives as it was sent", async () => {
        const mine = lab().newCase(lab().people.person());
        const target = "/conformance/items/a.b-c_d~1%20%C3%A4/history?since=1&x=%2F..%2F&y=a/b";
        await ask(lab().url, { version, target, fields: mine.fields });
        expect((await mine.arrival()).target).toBe(target);
      });
      check(`query, HTTP/${version}`, "a query is passed on untouched, however odd", async () => {
        const mine = lab().newCase();
        const target = "/conformance/catalog?a=1&a=2&&=&b=%00%zz&c=../..//;d=/conformance/items";
        await ask(lab().url, { version, target, fields: mine.fields });
        expect((await mine.arrival()).target).toBe(target);
      });
      check(`own headers, HTTP/${version}`, "a client's other headers arrive, duplicates and order kept", async () => {
        const mine = lab().newCase();
        const fields = [...mine.fields, ["x-a", "1"], ["x-b", "2"], ["x-a", "3"], ["accept", "a, b"]] as const;
        await ask(lab().url, { version, target: "/conformance/catalog", fields });
        const { fields: got } = await mine.arrival();
        const flatValues = (name: string) => got.filter(([each]) => each.toLowerCase() === name).map(([, v]) => v);
        expect(flatValues("x-a").join(", ").replaceAll(" ", "")).toBe("1,3");
        expect(fieldOf(got, "x-b")).toBe("2");
        expect(fieldOf(got, "accept")).toBe("a, b");
      });
      check(`set-cookie, HTTP/${version}`, "an answer's headers come back, each cookie by itself", async () => {
        const mine = lab().newCase();
        lab().web.behave(mine.id, ({ reply }) => {
          reply.begin(201, [
            ["set-cookie", "a=1"],
            ["set-cookie", "b=2"],
            ["x-answer", "yes"],
          ]);
          reply.end("made");
        });
        const answer = await ask(lab().url, {
          version,
          method: "POST",
          target: "/conformance/catalog",
          fields: mine.fields,
        });
        expect([answer.status, answer.text, header(answer, "x-answer")]).toEqual([201, "made", "yes"]);
        expect(header(answer, "set-cookie")).toBe("a=1 | b=2");
      });
    }

    check("route literal", "a path that is spelled out wins over one with a parameter", async () => {
      const mine = lab().newCase(lab().people.person());
      const answer = await ask(lab().url, { target: "/conformance/items/newest", fields: mine.fields });
      expect([answer.status, (await mine.arrival()).target]).toEqual([200, "/conformance/items/newest"]);
    });

    check("request id", "a sane request id is kept, another is replaced, and each request has one", async () => {
      const idFor = async (sent: string | undefined): Promise<string | undefined> => {
        const mine = lab().newCase();
        const fields = [...mine.fields, ...(sent === undefined ? [] : [["x-request-id", sent] as const])];
        await ask(lab().url, { target: "/conformance/catalog", fields });
        return fieldOf((await mine.arrival()).fields, "x-request-id");
      };
      const uuid = "0192f7a1-6c1f-7d3e-8b54-0a1b2c3d4e5f";
      expect(await idFor(uuid)).toBe(uuid);
      expect(await idFor(undefined)).toMatch(/^[0-9a-fA-F-]{16,64}$/);
      for (const insane of ["x".repeat(300), 'a"b{}<script>']) expect(await idFor(insane)).not.toBe(insane);
    });

    check("trace", "the trace context passes", async () => {
      const mine = lab().newCase();
      const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
      const fields = [...mine.fields, ["traceparent", traceparent] as const];
      await ask(lab().url, { target: "/conformance/catalog", fields });
      expect(fieldOf((await mine.arrival()).fields, "traceparent")).toMatch(/^00-0af7651916cd43dd8448eb211c80319c-/);
    });

    for (const { name, open } of echoTransports) {
      check(`rpc ${name}`, "a service of the platform verifies the identity that the gateway brought", async () => {
        const person = lab().people.person();
        await using transport = open(lab().url, person.token);
        const client = createClient(echoService, transport);
        const headers = Promise.withResolvers<Headers>();
        const trailers = Promise.withResolvers<Headers>();
        const { value } = await client.say(
          { value: "hello" },
          { onHeader: headers.resolve, onTrailer: trailers.resolve },
        );
        expect(value).toBe("hello");
        expect((await headers.promise).get("x-echo-header")).toBe("in front");
        expect((await trailers.promise).get("x-echo-trailer")).toBe("behind");
        expect(lab().echo.calls.at(-1)).toMatchObject({ method: "Say", caller: `user:${person.userUuid}` });
        expect((await client.look({ value: "read" })).value).toBe("read");
        expect((await client.open({ value: "public" })).value).toBe("public");
        expect(lab().echo.calls.at(-1)).toMatchObject({ method: "Open", caller: "nobody" });
      });
      check(`rpc errors ${name}`, "an error comes back with its code, text and details", async () => {
        await using transport = open(lab().url, lab().people.person().token);
        const refused = await createClient(echoService, transport)
          .say({ value: "missing" })
          .catch((error: unknown) => error);
        expect(refused).toMatchObject({ code: 5, rawMessage: "There is no such echo." });
        expect(refused).toHaveProperty("details.length", 1);
      });
    }

    check("not routed", "what is for services only, or made of another route, is not there", async () => {
      const person = lab().people.person();
      const before = lab().reached();
      for (const version of versions) {
        for (const target of [
          "/conformance/settle",
          "/conformance/transcoded/say",
          "/gantry.conformance.v1.WireService/Settle",
        ]) {
          const fields = lab().newCase(person).fields;
          const answer = await ask(lab().url, { version, method: "POST", target, fields });
          expect([target, answer.status]).toEqual([target, 404]);
          expect(jsonOf(answer)).toBeDefined();
        }
      }
      expect(lab().reached()).toBe(before);
    });
  });
}
