import { createClient } from "@connectrpc/connect";
import { IDENTITY_HEADER, SessionWatch } from "@gantry/identity";
import { uuidv7 } from "@gantry/kernel";
import { eventually } from "@gantry/testing";
import { describe, expect, test } from "vitest";
import { connectTo, type EchoImpl, identity, startEcho } from "./fixture.ts";
import { EchoService } from "./fixtures/gen/echo_pb.ts";

const userUuid = uuidv7();
const never = new Promise<never>(() => undefined);

/** A watch whose rounds are 20 ms apart, and what it was asked; `dead` sessions have ended. */
function aWatch(withinMs = 60_000) {
  const dead = new Set<string>();
  const asked: (readonly string[])[] = [];
  const state = { reachable: true };
  const sessions = new SessionWatch({
    everyMs: 20,
    withinMs,
    live: async (uuids) => {
      asked.push(uuids);
      if (!state.reachable) throw new Error("refused");
      return uuids.filter((uuid) => !dead.has(uuid));
    },
  });
  return { sessions, dead, asked, state };
}

/** Sends one number, then waits; `listens` says whether the handler ends by itself when the call does. */
function counting(listens: boolean) {
  const seen: { signal?: AbortSignal } = {};
  const impl: EchoImpl = {
    async *count(_, { signal }) {
      seen.signal = signal;
      yield { number: 1 };
      if (listens) await new Promise((resolve) => signal.addEventListener("abort", resolve));
      else await never;
    },
  };
  return { impl, seen };
}

const as = (token: string) => ({ headers: { [IDENTITY_HEADER]: token } });

describe.each(["grpc", "grpc-web", "connect"] as const)("a stream over %s", (protocol) => {
  test.each([true, false])("ends with its session (the handler listens: %s)", async (listens) => {
    const { sessions, dead, asked } = aWatch();
    const { impl, seen } = counting(listens);
    await using server = await startEcho(impl, { sessions });
    using transport = connectTo(server, { protocol });
    const sessionUuid = uuidv7();
    const token = await identity.user(userUuid, sessionUuid);
    const stream = createClient(EchoService, transport).count({}, as(token))[Symbol.asyncIterator]();
    expect(await stream.next()).toMatchObject({ value: { number: 1 } });
    await eventually(() => expect(asked.length).toBeGreaterThan(2));
    dead.add(sessionUuid);
    await expect(stream.next()).rejects.toMatchObject({ kind: "unauthenticated", reason: "SESSION_ENDED" });
    expect(seen.signal?.aborted).toBe(true);
  });

  test("ends when nobody can say whether its session lives", async () => {
    const { sessions, state } = aWatch(60);
    state.reachable = false;
    await using server = await startEcho(counting(true).impl, { sessions });
    using transport = connectTo(server, { protocol });
    const stream = createClient(EchoService, transport)
      .count({}, as(await identity.user()))
      [Symbol.asyncIterator]();
    await expect(stream.next().then(() => stream.next())).rejects.toMatchObject({
      kind: "unavailable",
      reason: "SESSION_CHECK_UNAVAILABLE",
    });
  });
});

test("a stream that the client leaves is watched no longer", async () => {
  const { sessions, asked } = aWatch();
  await using server = await startEcho(counting(true).impl, { sessions });
  using transport = connectTo(server);
  const open = async (sessionUuid: string) => {
    const leave = new AbortController();
    const options = { ...as(await identity.user(userUuid, sessionUuid)), signal: leave.signal };
    const stream = createClient(EchoService, transport).count({}, options)[Symbol.asyncIterator]();
    await stream.next();
    return { stream, leave };
  };
  const [left, stays] = [uuidv7(), uuidv7()];
  const { stream, leave } = await open(left);
  await open(stays);
  await eventually(() => expect(asked.at(-1)).toEqual([left, stays]));
  leave.abort();
  await expect(stream.next()).rejects.toMatchObject({ kind: "cancelled" });
  await eventually(() => expect(asked.at(-1)).toEqual([stays]));
});

test("streams of services and of nobody, and single calls, are not watched", async () => {
  const { sessions, asked } = aWatch();
  await using server = await startEcho({}, { sessions });
  using transport = connectTo(server);
  const client = createClient(EchoService, transport);
  const numbers = async (token?: string) => {
    const all: number[] = [];
    for await (const { number } of client.count({ to: 3 }, token === undefined ? {} : as(token))) all.push(number);
    return all;
  };
  expect(await numbers()).toEqual([1, 2, 3]);
  expect(await numbers(await identity.service("caller", "echo"))).toEqual([1, 2, 3]);
  await client.mine({}, as(await identity.user()));
  expect(asked).toEqual([]);
});
