import { expect } from "vitest";
import { ask, header, jsonOf } from "../client/ask.ts";
import { type Protocol, protocols } from "../client/protocols.ts";
import { eventually } from "../client/within.ts";
import type { Field } from "../fixture/fields.ts";
import { gatewayRefused, refusal } from "../fixture/iam-answers.ts";
import { type Misbehaviour, send } from "../fixture/iam-double.ts";
import { SESSION_TIMEOUT_MS } from "../rig.ts";
import type { Suite } from "../suite.ts";

const without = (fields: readonly Field[], name: string): Field[] => fields.filter(([each]) => each !== name);
const changed = (fields: readonly Field[], name: string, value: string): Field[] => [
  ...without(fields, name),
  [name, value],
];
const IDENTITY = "x-gantry-identity";
const MEGABYTES = 8 * 1024 * 1024;

/** How IAM can fail to answer though the session is good. Whatever it says beside, that is 503. */
const faults: Readonly<Record<string, Misbehaviour>> = {
  hangs: () => undefined,
  "hangs after its headers": ({ reply }, { status, fields }) => reply.begin(status, fields),
  "never ends its body": ({ reply }, { status, fields, body }) => {
    reply.begin(status, fields);
    reply.write(body);
  },
  resets: ({ reply }) => reply.cut(),
  "resets in its body": ({ reply }, { status, fields, body }) => {
    reply.begin(status, [...fields, ["content-length", String(body.length + 10)]]);
    reply.write(body);
    setTimeout(() => reply.cut(), 20);
  },
  "says 500": (arrival, good) => send(arrival, { ...good, status: 500 }),
  "says 403": (arrival, good) => send(arrival, { ...good, status: 403 }),
  "says 404": (arrival, good) => send(arrival, { ...good, status: 404 }),
  "says 429": (arrival, good) => send(arrival, { ...good, status: 429 }),
  "says 302": (arrival, good) => send(arrival, { ...good, status: 302, fields: [...good.fields, ["location", "/"]] }),
  "says 204": (arrival, good) => send(arrival, { ...good, status: 204, body: Buffer.alloc(0) }),
  "says 206": (arrival, good) => send(arrival, { ...good, status: 206 }),
  "leaves the identity out of the headers": (arrival, good) =>
    send(arrival, { ...good, fields: without(good.fields, IDENTITY) }),
  "leaves the identity out everywhere": (arrival, good) =>
    send(arrival, { ...good, fields: without(good.fields, IDENTITY), body: Buffer.alloc(0) }),
  "sends two identities": async (arrival, good) =>
    send(arrival, { ...good, fields: [...good.fields, [IDENTITY, `${header(good, IDENTITY)}x`]] }),
  "sends one identity twice": (arrival, good) =>
    send(arrival, { ...good, fields: [...good.fields, [IDENTITY, header(good, IDENTITY) ?? ""]] }),
  "sends an empty identity": (arrival, good) => send(arrival, { ...good, fields: changed(good.fields, IDENTITY, "") }),
  "sends an identity that is no token": (arrival, good) =>
    send(arrival, { ...good, fields: changed(good.fields, IDENTITY, "' or 1=1") }),
  "sends two identities in one": (arrival, good) =>
    send(arrival, { ...good, fields: changed(good.fields, IDENTITY, `${header(good, IDENTITY)}, a.b.c`) }),
  "sends an identity of 100 kB": (arrival, good) =>
    send(arrival, { ...good, fields: changed(good.fields, IDENTITY, `a.${"b".repeat(100_000)}.c`) }),
  "sends a user that is no UUID": (arrival, good) =>
    send(arrival, { ...good, fields: changed(good.fields, "x-gantry-user", "' or 1=1"), body: Buffer.from("{}") }),
  "leaves the user out": (arrival, good) =>
    send(arrival, { ...good, fields: without(good.fields, "x-gantry-user"), body: Buffer.from("{}") }),
  "sends a large body": (arrival, good) => send(arrival, { ...good, body: Buffer.alloc(MEGABYTES, "x") }),
  "sends an endless body": async ({ reply }, { status, fields }) => {
    reply.begin(status, fields);
    for (let n = 0; n < 2_000; n++) {
      reply.write(Buffer.alloc(65_536));
      await reply.drained();
    }
  },
  "refuses the gateway's own identity": (arrival) => send(arrival, gatewayRefused),
  "speaks another protocol": ({ reply }) => {
    reply.begin(200, [["content-type", "text/html"]]);
    reply.end("<html>a captive portal</html>");
  },
};

/** On top of the time-out: what a busy machine may add, in milliseconds. It is not a promise of speed, but of an end. */
const BOUND_MS = SESSION_TIMEOUT_MS + 4_000;

/** That whatever IAM does, the door stays shut. */
export function iamFaults(suite: Suite): void {
  suite.group("when IAM cannot say", { lock: true }, (lab, check) => {
    const isClosed = async (protocol: Protocol): Promise<void> => {
      const mine = lab().newCase(lab().people.person());
      const startedMs = performance.now();
      const answer = await ask(lab().url, protocol.protectedCall(mine.fields));
      const tookMs = performance.now() - startedMs;
      expect([protocol.name, protocol.codeOf(answer)]).toEqual([protocol.name, "unavailable"]);
      if (answer.status === 503) expect(header(answer, "retry-after")).toBe("1");
      if (protocol.name.startsWith("http")) expect(jsonOf(answer)?.code).toBe("SESSION_CHECK_UNAVAILABLE");
      expect(tookMs).toBeLessThan(BOUND_MS);
      expect(mine.arrivals()).toHaveLength(0);
    };
    const closed = async (): Promise<void> => void (await Promise.all(protocols.map(isClosed)));
    const served = async (): Promise<boolean> => {
      const { fields } = lab().newCase(lab().people.person());
      return (await ask(lab().url, { target: "/conformance/items", fields })).status === 200;
    };

    for (const [name, fault] of Object.entries(faults)) {
      check(`iam ${name}`, "is 503 in bounded time in every protocol, and reaches nobody", async () => {
        lab().iam.misbehave(fault);
        try {
          await closed();
        } finally {
          lab().iam.misbehave(undefined);
        }
        await eventually("service again", served);
      });
    }

    check("iam is dead", "is 503, nothing gets through, public routes are served; it is found again", async () => {
      await lab().iam.kill();
      try {
        await closed();
        const { fields } = lab().newCase();
        expect((await ask(lab().url, { target: "/conformance/catalog", fields })).status).toBe(200);
      } finally {
        await lab().iam.revive();
      }
      await eventually("service again", served, 15_000);
    });

    check(
      "iam dies under load",
      "each request is answered or refused, none gets through without its identity",
      async () => {
        const people = Array.from({ length: 40 }, () => lab().people.person());
        const asking = people.map(async (person, n) => {
          if (n === 20) await lab().iam.kill();
          const { fields } = lab().newCase(person);
          return (await ask(lab().url, { target: "/conformance/items", fields })).status;
        });
        const statuses = await Promise.all(asking);
        await lab().iam.revive();
        expect(statuses.filter((status) => status !== 200 && status !== 503)).toEqual([]);
        await eventually("service again", served, 15_000);
      },
    );

    check("iam says 401", "is 401 and not 503, whatever else is in the answer", async () => {
      lab().iam.misbehave((arrival, good) =>
        send(arrival, { ...refusal, fields: [...good.fields, ...refusal.fields.slice(1)] }),
      );
      const mine = lab().newCase(lab().people.person());
      const answer = await ask(lab().url, { target: "/conformance/items", fields: mine.fields });
      lab().iam.misbehave(undefined);
      expect([answer.status, jsonOf(answer)?.code]).toEqual([401, "SESSION_INVALID"]);
      expect(mine.arrivals()).toHaveLength(0);
    });
  });
}
