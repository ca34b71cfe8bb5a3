import { randomUUID } from "node:crypto";
import type { Route } from "@gantry/kernel";
import { eventually } from "./client/within.ts";
import type { Arrival } from "./fixture/arrival.ts";
import { type Field, fieldOf } from "./fixture/fields.ts";
import { type IamDouble, startIamDouble } from "./fixture/iam-double.ts";
import { type Judgement, judge } from "./fixture/oracle.ts";
import { createPeople, type People, type Person } from "./fixture/people.ts";
import { CASE_HEADER, type RawUpstream, startRawUpstream } from "./fixture/raw-upstream.ts";
import type { GatewaySetup, GatewayTarget, RunningGateway } from "./target.ts";

/** Origins of browsers that may call. */
export const ORIGINS = ["http://localhost:5173", "https://shop.example"] as const;
export const MAX_BODY_BYTES = 256 * 1024;
export const SESSION_TIMEOUT_MS = 400;

/** A gateway with everything behind it. */
export interface Rig extends AsyncDisposable {
  readonly gateway: RunningGateway;
  readonly url: string;
  readonly iam: IamDouble;
  readonly people: People;
  raw(name: string): RawUpstream;
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

export interface RigOptions {
  readonly routes: readonly Route[];
  /** Services that keep what they get, and what they speak. */
  readonly raw: Readonly<Record<string, "http" | "rpc">>;
  /** Names of services that have identities of their own. */
  readonly services?: readonly string[];
  /** Further services behind the gateway. */
  more?(people: People): Promise<GatewaySetup["upstreams"]>;
  readonly changes?: Partial<GatewaySetup>;
}

/** Starts services, IAM's double and the gateway in front. */
export async function openRig(target: GatewayTarget, options: RigOptions): Promise<Rig> {
  const people = createPeople(options.services);
  const iam = await startIamDouble(people);
  const raw = await Promise.all(Object.entries(options.raw).map(([name, speaks]) => startRawUpstream(name, speaks)));
  const upstreams = Object.fromEntries(
    raw.map(({ name, url }) => [name, { url, speaks: options.raw[name] ?? "http" }]),
  );
  const stop = async (): Promise<void> => {
    await Promise.all([iam.kill(), ...raw.map((each) => each.kill())]);
  };
  try {
    const gateway = await target.start({
      routes: options.routes,
      upstreams: { ...upstreams, ...(await options.more?.(people)) },
      iamUrl: iam.url,
      iamToken: await people.gatewayToken,
      origins: ORIGINS,
      maxBodyBytes: MAX_BODY_BYTES,
      sessionTimeoutMs: SESSION_TIMEOUT_MS,
      drainMs: 2_000,
      ...options.changes,
    });
    return assemble({ gateway, iam, people, raw, routes: options.routes, stop });
  } catch (error) {
    await stop();
    throw error;
  }
}

interface Parts extends Pick<Rig, "gateway" | "iam" | "people"> {
  readonly raw: readonly RawUpstream[];
  readonly routes: readonly Route[];
  stop(): Promise<void>;
}

function assemble({ gateway, iam, people, raw, routes, stop }: Parts): Rig {
  const owners = new Map<string, string>();
  const byCase = (id: string): Arrival[] =>
    raw.flatMap(({ arrivals }) => arrivals.filter(({ fields }) => fieldOf(fields, CASE_HEADER) === id));
  const verifiers = new Map(raw.map(({ name }) => [name, people.verifier(name)]));
  const judged = new Set<Arrival>();
  const judgement: Judgement = {
    routes,
    verify: async (service, token) => verifiers.get(service)?.verify(token),
    expected: ({ fields }) => owners.get(fieldOf(fields, CASE_HEADER) ?? ""),
  };
  return {
    gateway,
    url: gateway.url,
    iam,
    people,
    raw: (name) => {
      const found = raw.find((each) => each.name === name);
      if (found === undefined) throw new Error(`there is no service ${name}`);
      return found;
    },
    newCase(person) {
      const id = randomUUID();
      if (person !== undefined) owners.set(id, person.userUuid);
      return { id, fields: [[CASE_HEADER, id], ...sessionOf(person)], ...arrivalsOf(id, () => byCase(id)) };
    },
    reached: () => raw.reduce((sum, { arrivals }) => sum + arrivals.length, 0),
    async wrongs() {
      const fresh = raw.flatMap(({ arrivals }) => arrivals.filter((arrival) => !judged.has(arrival)));
      for (const arrival of fresh) judged.add(arrival);
      const wrongs = await Promise.all(fresh.map((arrival) => judge(arrival, judgement)));
      return [...wrongs.flat(), ...iam.complaints];
    },
    async [Symbol.asyncDispose]() {
      await gateway[Symbol.asyncDispose]();
      await stop();
    },
  };
}

const arrivalsOf = (id: string, arrivals: () => Arrival[]): Pick<Case, "arrivals" | "arrival"> => ({
  arrivals,
  async arrival() {
    await eventually(`an arrival of case ${id}`, () => arrivals().length > 0);
    const [only, ...more] = arrivals();
    if (only === undefined || more.length > 0) throw new Error(`${more.length + 1} arrivals instead of one`);
    return only;
  },
});

const sessionOf = (person: Person | undefined): Field[] =>
  person === undefined ? [] : [["authorization", `Bearer ${person.token}`]];
