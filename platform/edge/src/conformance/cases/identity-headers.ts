import { expect } from "vitest";
import { ask, header } from "../client/ask.ts";
import { type HttpVersion, versions } from "../client/call.ts";
import { protocols } from "../client/protocols.ts";
import { exchange } from "../client/raw.ts";
import { type Field, valuesOf } from "../fixture/fields.ts";
import { byConnection, forgeries } from "../fixture/forgeries.ts";
import type { Suite } from "../suite.ts";

const paths = { protected: "/conformance/items", public: "/conformance/catalog" } as const;

/** That nobody but the gateway says who calls. What must not arrive is judged after each case, by the oracle. */
export function identityHeaders(suite: Suite): void {
  suite.group("identity headers", { lock: true }, (lab, check) => {
    const forgeIn = async (version: HttpVersion, access: keyof typeof paths, forged: readonly Field[]) => {
      const mine = lab().newCase(access === "protected" ? lab().people.person() : undefined);
      const named = forged.map(([name, value]): Field => [version === "2" ? name.toLowerCase() : name, value]);
      const fields = [...mine.fields, ...named];
      const { status } = await ask(lab().url, { version, target: paths[access], fields });
      if (status === 200) await mine.arrival();
      for (const arrival of mine.arrivals()) {
        expect(valuesOf(arrival.fields, "x-forwarded-for")).toEqual(["127.0.0.1"]);
        expect(valuesOf(arrival.fields, "x-forwarded-proto")).toEqual(["http"]);
      }
      return status;
    };
    for (const [name, forge] of Object.entries(forgeries)) {
      check(`forged ${name}`, "never arrives: not on protected routes, not on public ones", async () => {
        const forged = forge(await lab().people.identityOf(lab().people.person()));
        for (const version of versions) {
          expect([version, await forgeIn(version, "protected", forged)]).toEqual([version, 200]);
          expect([version, await forgeIn(version, "public", forged)]).toEqual([version, 200]);
        }
      });
    }
    for (const [name, forge] of Object.entries(byConnection)) {
      check(`forged ${name}`, "takes nothing away that the gateway sets; a gateway may refuse it", async () => {
        const forged = forge(await lab().people.identityOf(lab().people.person()));
        expect([200, 400]).toContain(await forgeIn("1.1", "protected", forged));
        expect([200, 400]).toContain(await forgeIn("1.1", "public", forged));
      });
    }

    for (const protocol of protocols) {
      check(
        `forged metadata, ${protocol.name}`,
        "an identity of a client's own is not believed, with a session or without",
        async () => {
          const victim = lab().people.person();
          const forged: Field[] = [
            ["x-gantry-identity", await lab().people.identityOf(victim)],
            ["x-user-uuid", victim.userUuid],
          ];
          const without = lab().newCase();
          const refused = await ask(lab().url, protocol.protectedCall([...without.fields, ...forged]));
          expect(protocol.codeOf(refused)).toBe("unauthenticated");
          expect(without.arrivals()).toHaveLength(0);
          const open = lab().newCase();
          await ask(lab().url, protocol.publicCall([...open.fields, ...forged]));
          await open.arrival();
          const mine = lab().newCase(lab().people.person());
          expect((await ask(lab().url, protocol.protectedCall([...mine.fields, ...forged]))).status).toBe(200);
          await mine.arrival();
        },
      );
    }

    check("identity of a service", "sent by a client it opens nothing", async () => {
      for (const version of versions) {
        const token = await lab().people.serviceToken("wire");
        const attempts = [
          { target: "/gantry.conformance.v1.WireService/Settle", status: 404 },
          { target: "/gantry.conformance.v1.WireService/Peek", status: 404 },
          { target: "/gantry.conformance.v1.WireService/Say", status: 401 },
        ];
        for (const { target, status } of attempts) {
          const mine = lab().newCase();
          const fields: Field[] = [...mine.fields, ["content-type", "application/json"], ["x-gantry-identity", token]];
          const answer = await ask(lab().url, { version, method: "POST", target, fields, body: '"x"' });
          expect([target, answer.status]).toEqual([target, status]);
          expect(mine.arrivals()).toHaveLength(0);
        }
      }
    });

    const underscored = ["x_gantry_identity", "x-gantry_identity", "x_user_uuid", "x_forwarded_for", "a_b"];
    for (const [version, name] of versions.flatMap((each) => underscored.map((name) => [each, name] as const))) {
      check(`underscore ${name}, HTTP/${version}`, "is refused: some servers read it as a dash", async () => {
        const cases = [
          { target: paths.protected, mine: lab().newCase(lab().people.person()) },
          { target: paths.public, mine: lab().newCase() },
        ];
        for (const { target, mine } of cases) {
          const answer = await ask(lab().url, { version, target, fields: [...mine.fields, [name, "x"]] });
          expect(version === "2" ? [0, 400] : [400]).toContain(answer.status);
          expect(mine.arrivals()).toHaveLength(0);
        }
      });
    }

    check("identity in trailers", "never arrives", async () => {
      const victim = lab().people.person();
      const token = await lab().people.identityOf(victim);
      const mine = lab().newCase();
      const text = await exchange(
        lab().url,
        [
          "POST /conformance/catalog HTTP/1.1",
          "Host: x",
          `x-case: ${mine.id}`,
          "Transfer-Encoding: chunked",
          "Trailer: x-gantry-identity, x-user-uuid",
          "Connection: close",
          "",
          "2",
          "ok",
          "0",
          `x-gantry-identity: ${token}`,
          `x-user-uuid: ${victim.userUuid}`,
          "",
          "",
        ].join("\r\n"),
      );
      expect(text).toMatch(/^HTTP\/1\.1 (200|400) /);
      for (const arrival of mine.arrivals()) {
        const names = [...(await arrival.trailers), ...arrival.fields].map(([name]) => name.toLowerCase());
        expect(names).not.toContain("x-gantry-identity");
        expect(names).not.toContain("x-user-uuid");
      }
    });

    check("identity in the answer", "of a service is not shown to clients", async () => {
      const mine = lab().newCase(lab().people.person());
      lab().web.behave(mine.id, ({ reply, fields }) => {
        reply.begin(200, [["x-gantry-identity", header({ fields }, "x-gantry-identity") ?? ""]]);
        reply.end("{}");
      });
      const answer = await ask(lab().url, { target: "/conformance/items", fields: mine.fields });
      expect([answer.status, header(answer, "x-gantry-identity")]).toEqual([200, undefined]);
    });

    check("hop by hop", "headers of one connection stay on it", async () => {
      const mine = lab().newCase();
      const fields: Field[] = [
        ...mine.fields,
        ["connection", "keep-alive, x-hop"],
        ["x-hop", "1"],
        ["keep-alive", "timeout=5"],
        ["proxy-connection", "keep-alive"],
        ["proxy-authorization", "Basic YTpi"],
        ["te", "trailers, deflate"],
        ["upgrade", "websocket"],
      ];
      const answer = await ask(lab().url, { target: "/conformance/catalog", fields });
      expect([200, 400, 403]).toContain(answer.status);
      const names = mine.arrivals().flatMap((arrival) => arrival.fields.map(([name]) => name.toLowerCase()));
      for (const hop of ["x-hop", "keep-alive", "proxy-connection", "proxy-authorization", "upgrade"]) {
        expect(names).not.toContain(hop);
      }
    });
  });
}
