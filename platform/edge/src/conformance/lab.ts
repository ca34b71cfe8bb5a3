import { randomUUID } from "node:crypto";
import { eventually } from "./client/within.ts";
import type { Arrival } from "./fixture/arrival.ts";
import { type EchoUpstream, startEchoUpstream } from "./fixture/echo-upstream.ts";
import { type Field, fieldOf } from "./fixture/fields.ts";
import { type IamDouble, startIamDouble } from "./fixture/iam-double.ts";
import { type Judgement, judge } from "./fixture/oracle.ts";
import { createPeople, type People, type Person } from "./fixture/people.ts";
import { CASE_HEADER, type RawUpstream, startRawUpstream } from "./fixture/raw-upstream.ts";
import { routes } from "./fixture/routes.ts";
import type { GatewaySetup, GatewayTarget, RunningGateway } from "./target.ts";

/** Origins of browsers; the first two may call. */
export const ORIGINS = ["http://localhost:5173", "https://shop.example"] as const;
export const MAX_BODY_BYTES = 256 * 1024;
export const SESSION_TIMEOUT_MS = 400;

/** A gateway with everything behind it. */
export interface Lab extends AsyncDisposable {
  readonly gateway: RunningGateway;
  readonly url: string;
  readonly iam: IamDouble;
  readonly people: People;
  readonly web: RawUpstream;
  readonly wire: RawUpstream;
  readonly echo: EchoUpstream;
  /** A name for one request or several, by which their arrivals are found. The person is whom they must speak for. */
  newCase(person?: Person): Case;
  /** Requests that any service got so far. */
  reached(): number;
  /** What came to a service and should not have, since the last time this was asked. */
  wrongs(): Promise<string[]>;
}

/** Requests that belong together. */
export interface Case {
  readonly id: string;
  /** Names the case, and carries the person's session. */
  readonly fields: readonly Field[];
  arrivals(): readonly Arrival[];
  /** The only one; waits for it. */
  arrival(): Promise<Arrival>;
}

/** Starts services, IAM's double and the gateway in front. `await using lab = await openLab(target)`. */
export async function openLab(target: GatewayTarget, changes: Partial<GatewaySetup> = {}): Promise<Lab> {
  const people = createPeople();
  const [iam, web, wire, echo] = await Promise.all([
    startIamDouble(people),
    startRawUpstream("web", "http"),
    startRawUpstream("wire", "rpc"),
    startEchoUpstream(people),
  ]);
  const stop = async (): Promise<void> => {
    await Promise.all([iam.kill(), web.kill(), wire.kill(), echo.stop()]);
  };
  const setup: GatewaySetup = {
    routes,
    upstreams: {
      web: { url: web.url, speaks: "http" },
      wire: { url: wire.url, speaks: "rpc" },
      echo: { url: echo.url, speaks: "rpc" },
    },
    iamUrl: iam.url,
    iamToken: await people.gatewayToken,
    origins: ORIGINS,
    maxBodyBytes: MAX_BODY_BYTES,
    sessionTimeoutMs: SESSION_TIMEOUT_MS,
    drainMs: 2_000,
    ...changes,
  };
  const gateway = await target.start(setup).catch(async (error: unknown) => {
    await stop();
    throw error;
  });
  return assemble({ gateway, iam, people, web, wire, echo, stop });
}

type Parts = Pick<Lab, "gateway" | "iam" | "people" | "web" | "wire" | "echo"> & { stop(): Promise<void> };

function assemble({ stop, ...parts }: Parts): Lab {
  const { gateway, people, web, wire, echo } = parts;
  const owners = new Map<string, string>();
  const arrivals = (): Arrival[] => [...web.arrivals, ...wire.arrivals];
  const judged = new Set<Arrival>();
  const verifiers = new Map([web, wire].map(({ name }) => [name, people.verifier(name)]));
  const judgement: Judgement = {
    routes,
    verify: async (service, token) => verifiers.get(service)?.verify(token),
    expected: ({ fields }) => owners.get(fieldOf(fields, CASE_HEADER) ?? ""),
  };
  return {
    ...parts,
    url: gateway.url,
    newCase(person) {
      const id = randomUUID();
      if (person !== undefined) owners.set(id, person.userUuid);
      const own = (): Arrival[] => arrivals().filter(({ fields }) => fieldOf(fields, CASE_HEADER) === id);
      return {
        id,
        fields: [[CASE_HEADER, id], ...sessionOf(person)],
        arrivals: own,
        async arrival() {
          await eventually(`an arrival of case ${id}`, () => own().length > 0);
          const [only, ...more] = own();
          if (only === undefined || more.length > 0) throw new Error(`${more.length + 1} arrivals instead of one`);
          return only;
        },
      };
    },
    reached: () => web.arrivals.length + wire.arrivals.length + echo.calls.length,
    async wrongs() {
      const fresh = arrivals().filter((arrival) => !judged.has(arrival));
      for (const arrival of fresh) judged.add(arrival);
      const wrongs = await Promise.all(fresh.map((arrival) => judge(arrival, judgement)));
      return [...wrongs.flat(), ...parts.iam.complaints];
    },
    async [Symbol.asyncDispose]() {
      await gateway[Symbol.asyncDispose]();
      await stop();
    },
  };
}

const sessionOf = (person: Person | undefined): Field[] =>
  person === undefined ? [] : [["authorization", `Bearer ${person.token}`]];
