import { setTimeout as delay } from "node:timers/promises";
import { expect } from "vitest";
import { type Answer, answerOf, ask, header, jsonOf } from "../client/ask.ts";
import { versions } from "../client/call.ts";
import { callOn, openSession } from "../client/h2-call.ts";
import { type Protocol, protocols } from "../client/protocols.ts";
import { malformed, places } from "../fixture/carriers.ts";
import type { Field } from "../fixture/fields.ts";
import { send } from "../fixture/iam-double.ts";
import { newToken } from "../fixture/people.ts";
import type { Suite } from "../suite.ts";

const HUGE = 1024 * 1024;

/** Who gets in, and how those are told who do not. */
export function sessions(suite: Suite): void {
  suite.group("sessions", { lock: true }, (lab, check) => {
    const refused = async (protocol: Protocol, fields: readonly Field[], reason: string): Promise<Answer> => {
      const mine = lab().newCase();
      const answer = await ask(lab().url, protocol.protectedCall([...mine.fields, ...fields]));
      expect(protocol.codeOf(answer)).toBe("unauthenticated");
      if (protocol.name.startsWith("http")) expect(jsonOf(answer)?.code).toBe(reason);
      expect(mine.arrivals()).toHaveLength(0);
      return answer;
    };

    for (const [name, carry] of Object.entries(places)) {
      check(`session by ${name}`, "it is found, and the person is the one it belongs to", async () => {
        for (const version of versions) {
          const person = lab().people.person();
          const mine = lab().newCase(person);
          const [named] = mine.fields;
          const fields = [...(named === undefined ? [] : [named]), ...carry(person.token)];
          const answer = await ask(lab().url, { version, target: "/conformance/items", fields });
          expect([version, answer.status]).toEqual([version, 200]);
          await mine.arrival(); // the identity is judged after each case
        }
      });
    }

    for (const [name, carry] of Object.entries(malformed)) {
      check(`session ${name}`, "is refused with 401 and reaches nobody", async () => {
        // Node's client for HTTP/2 does not send this header twice
        for (const version of versions.slice(0, name === "authorization twice" ? 1 : 2)) {
          const { token } = lab().people.person();
          const mine = lab().newCase();
          const fields = [...mine.fields, ...carry(token, lab().people.person().token)];
          const answer = await ask(lab().url, { version, target: "/conformance/items", fields });
          expect([version, answer.status, jsonOf(answer)?.code]).toEqual([version, 401, "SESSION_INVALID"]);
          expect(mine.arrivals()).toHaveLength(0);
        }
      });
    }

    for (const protocol of protocols) {
      check(`no session, ${protocol.name}`, "is refused in the caller's own protocol", async () => {
        const answer = await refused(protocol, [], "SESSION_MISSING");
        if (protocol.name.startsWith("http")) expect(header(answer, "www-authenticate")).toMatch(/^Bearer/);
      });
      check(`unknown session, ${protocol.name}`, "is refused in the caller's own protocol", async () => {
        await refused(protocol, [["authorization", `Bearer ${newToken()}`]], "SESSION_INVALID");
      });
      check(`ended session, ${protocol.name}`, "is refused at once: nothing remembers that it was good", async () => {
        const person = lab().people.person();
        const mine = lab().newCase(person);
        expect((await ask(lab().url, protocol.protectedCall(mine.fields))).status).toBe(200);
        lab().people.end(person);
        await refused(protocol, [["authorization", `Bearer ${person.token}`]], "SESSION_INVALID");
      });
    }

    for (const version of versions) {
      check(
        `token of 1 MB, HTTP/${version}`,
        "is refused, reaches nobody, and the next request is served",
        async () => {
          const before = lab().reached();
          const fields: Field[] = [["authorization", `Bearer ${"A".repeat(HUGE)}`]];
          const answer = await ask(lab().url, { version, target: "/conformance/items", fields });
          expect([0, 400, 401, 431]).toContain(answer.status);
          expect(lab().reached()).toBe(before);
          const next = lab().newCase(lab().people.person());
          expect((await ask(lab().url, { version, target: "/conformance/items", fields: next.fields })).status).toBe(
            200,
          );
        },
      );
    }

    check("session on public routes", "is not asked about, and is not passed on", async () => {
      const before = lab().iam.asked;
      for (const carry of Object.values(places)) {
        const mine = lab().newCase();
        const fields = [...mine.fields, ...carry(newToken())];
        expect((await ask(lab().url, { target: "/conformance/catalog", fields })).status).toBe(200);
        await mine.arrival();
      }
      expect(lab().iam.asked).toBe(before);
    });

    check("each request is asked about", "nothing is cached by default", async () => {
      const person = lab().people.person();
      const before = lab().iam.asked;
      for (let n = 0; n < 5; n++) {
        const mine = lab().newCase(person);
        expect((await ask(lab().url, { target: "/conformance/items", fields: mine.fields })).status).toBe(200);
      }
      expect(lab().iam.asked).toBe(before + 5);
    });

    check("token in the query", "is no session", async () => {
      const { token } = lab().people.person();
      const target = `/conformance/items?session-uuid=${token}&authorization=Bearer%20${token}`;
      expect((await ask(lab().url, { target, fields: lab().newCase().fields })).status).toBe(401);
    });

    check("other cookies", "arrive without the session among them", async () => {
      const person = lab().people.person();
      const mine = lab().newCase(person);
      const [named] = mine.fields;
      const fields = [
        ...(named === undefined ? [] : [named]),
        ["cookie", `a=b; session-uuid=${person.token}; c="d e"`] as const,
      ];
      await ask(lab().url, { target: "/conformance/items", fields });
      const cookies = header(await mine.arrival(), "cookie")?.split(/;\s*/);
      expect(cookies).toEqual(["a=b", 'c="d e"']);
    });
  });

  // The double answers from this process, which is busy with the callers as well
  suite.group("sessions at once", { lock: true, setup: { sessionTimeoutMs: 10_000 } }, (lab, check) => {
    check(
      "many at once",
      "nobody gets another's identity, on shared connections too, whatever IAM's pace",
      async () => {
        const people = Array.from({ length: 20 }, () => lab().people.person());
        lab().iam.misbehave(async (arrival, good) => {
          await delay(Math.random() * 20);
          send(arrival, good);
        });
        const session = openSession(lab().url);
        const asking = Array.from({ length: 200 }, async (_, n) => {
          const { fields } = lab().newCase(people[n % people.length]);
          const options = { version: n % 2 === 0 ? "2" : "1.1", target: "/conformance/items", fields } as const;
          if (options.version === "1.1") return (await ask(lab().url, options)).status;
          const call = callOn(session, lab().url, options);
          call.request.end();
          return (await answerOf(call)).status;
        });
        const statuses = await Promise.all(asking).finally(() => lab().iam.misbehave(undefined));
        session.destroy();
        expect(new Set(statuses)).toEqual(new Set([200])); // whose they were is judged after each case
      },
    );
  });
}
