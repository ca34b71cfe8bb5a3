import { platform } from "node:os";
import { expect } from "vitest";
import { type Answer, ask, header, jsonOf } from "../client/ask.ts";
import type { CallOptions } from "../client/call.ts";
import { protocols } from "../client/protocols.ts";
import { eventually } from "../client/within.ts";
import type { Field } from "../fixture/fields.ts";
import type { Person } from "../fixture/people.ts";
import { BURST } from "../fixture/routes.ts";
import type { Lab } from "../lab.ts";
import type { Suite } from "../suite.ts";

/** On Linux the whole of 127/8 is this machine; elsewhere there is one address to come from. */
const SECOND_ADDRESS = platform() === "linux" ? "127.0.0.2" : undefined;

/** How often one may ask, by the contract. */
export function rates(suite: Suite): void {
  suite.group("rates", { lock: true }, (lab, check) => {
    const post = (target: string, person?: Person, more: Partial<CallOptions> = {}): Promise<Answer> =>
      ask(lab().url, {
        method: "POST",
        target: `/conformance/${target}`,
        fields: lab().newCase(person).fields,
        ...more,
      });

    check("rate per user", "what is over it is 429 with Retry-After, and does not touch others", async () => {
      const [ann, ben] = [lab().people.person(), lab().people.person()];
      const statuses = await many(BURST.user + 2, () => post("limited", ann));
      expect(countOf(statuses, 200)).toBeGreaterThanOrEqual(BURST.user);
      expect(countOf(statuses, 429)).toBeGreaterThanOrEqual(1);
      const refused = await until429(() => post("limited", ann));
      expect(jsonOf(refused)?.code).toBe("RATE_LIMITED");
      expect(Number(header(refused, "retry-after"))).toBeGreaterThanOrEqual(1);
      expect((await post("limited", ben)).status).toBe(200);
    });

    check("rate per user, many sessions", "another session of the same person has no budget of its own", async () => {
      const ann = lab().people.person();
      const again = lab().people.sessionOf(ann);
      await many(BURST.user, () => post("limited", ann));
      const statuses = await many(BURST.user + 1, () => post("limited", again));
      expect(countOf(statuses, 429)).toBeGreaterThanOrEqual(1);
    });

    check("rate comes back", "after its second, one more is let through", async () => {
      const ann = lab().people.person();
      await until429(() => post("limited", ann));
      await eventually("one more", async () => (await post("limited", ann)).status === 200);
    });

    check("rate of its own", "login, register and what is for all count apart from each other", async () => {
      await until429(() => post("login"));
      expect((await post("register")).status).toBe(200);
      expect((await post("scarce")).status).toBe(200);
      const ann = lab().people.person();
      expect((await post("limited", ann)).status).toBe(200);
    });

    check("rate per address", "counts the connection's address: headers of the client do not change it", async () => {
      await until429(() => post("login"));
      const lies: Field[] = [
        ["x-forwarded-for", "203.0.113.77"],
        ["forwarded", "for=203.0.113.78"],
        ["x-real-ip", "203.0.113.79"],
        ["x-envoy-external-address", "203.0.113.80"],
      ];
      const statuses = await many(BURST.login * 2, () =>
        post("login", undefined, { fields: [...lab().newCase().fields, ...lies] }),
      );
      expect(countOf(statuses, 429)).toBeGreaterThanOrEqual(BURST.login);
      if (SECOND_ADDRESS !== undefined) {
        expect((await post("login", undefined, { localAddress: SECOND_ADDRESS })).status).toBe(200);
      }
    });

    check("rate in total", "is one for all, whoever asks", async () => {
      await until429(() => post("scarce"));
      if (SECOND_ADDRESS === undefined) return;
      const statuses = await many(BURST.total, () => post("scarce", undefined, { localAddress: SECOND_ADDRESS }));
      expect(countOf(statuses, 429)).toBeGreaterThanOrEqual(1);
    });

    for (const protocol of protocols.filter(({ name }) => /^(grpc|connect (json|binary))/.test(name))) {
      check(`rate, ${protocol.name}`, "is resource_exhausted in the caller's own protocol", async () => {
        const ann = lab().people.person();
        const call = async (): Promise<Answer> => {
          const options = protocol.protectedCall(lab().newCase(ann).fields);
          return ask(lab().url, { ...options, target: options.target.replace("/Say", "/Limited") });
        };
        let answer = await call();
        for (let n = 0; n < BURST.user * 4 && protocol.codeOf(answer) === undefined; n++) answer = await call();
        expect(protocol.codeOf(answer)).toBe("resource_exhausted");
        expect(Number(header(answer, "retry-after"))).toBeGreaterThanOrEqual(1);
      });
    }

    check(
      "rate of refused calls",
      "calls without a session do not use up the budget of those who have one",
      async () => {
        const ann = lab().people.person();
        await many(BURST.user * 3, () => post("limited"));
        expect((await post("limited", ann)).status).toBe(200);
        await reachedOnly(lab(), () => post("limited"), 0);
      },
    );
  });
}

const countOf = (statuses: readonly number[], wanted: number): number =>
  statuses.filter((each) => each === wanted).length;

async function many(count: number, once: () => Promise<Answer>): Promise<number[]> {
  const answers = await Promise.all(Array.from({ length: count }, once));
  return answers.map(({ status }) => status);
}

/** Asks until it is too often. */
async function until429(once: () => Promise<Answer>): Promise<Answer> {
  for (let n = 0; n < 30; n++) {
    const answer = await once();
    if (answer.status === 429) return answer;
  }
  throw new Error("30 calls in a row were let through");
}

async function reachedOnly(lab: Lab, once: () => Promise<unknown>, count: number): Promise<void> {
  const before = lab.reached();
  await once();
  expect(lab.reached() - before).toBe(count);
}
