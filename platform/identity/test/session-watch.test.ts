import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { SESSIONS_PER_QUESTION, SessionWatch } from "../src/index.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

const never = new Promise<never>(() => undefined);

/** A source that says all live but those in `dead`, and notes what it was asked. */
function setUp(answer?: (sessionUuids: readonly string[], signal: AbortSignal) => Promise<readonly string[]>) {
  const dead = new Set<string>();
  const questions: (readonly string[])[] = [];
  const failures: unknown[] = [];
  const watch = new SessionWatch({
    live: async (sessionUuids, signal) => {
      questions.push(sessionUuids);
      return answer ? answer(sessionUuids, signal) : sessionUuids.filter((uuid) => !dead.has(uuid));
    },
    onFailure: (error) => failures.push(error),
  });
  return { watch, dead, questions, failures };
}

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);
const ended = { kind: "unauthenticated", reason: "SESSION_ENDED" };
const unavailable = { kind: "unavailable", reason: "SESSION_CHECK_UNAVAILABLE" };

test("a stream lives as long as its session, and ends within 2 seconds of it", async () => {
  const { watch, dead } = setUp();
  const { signal } = watch.watch("a");
  await pass(60_000);
  expect(signal.aborted).toBe(false);
  dead.add("a");
  await pass(2000);
  expect(signal.reason).toMatchObject(ended);
});

test("one question every 2 seconds is asked for all streams, each session once", async () => {
  const { watch, questions } = setUp();
  for (const session of ["a", "b", "a"]) watch.watch(session);
  await pass(1999);
  expect(questions).toEqual([]);
  await pass(1);
  expect(questions).toEqual([["a", "b"]]);
  await pass(4000);
  expect(questions).toHaveLength(3);
});

test("a question names a thousand sessions at most", async () => {
  const { watch, questions, dead } = setUp();
  const streams = Array.from({ length: 2 * SESSIONS_PER_QUESTION + 1 }, (_, index) => watch.watch(String(index)));
  dead.add("1500");
  await pass(2000);
  expect(questions.map(({ length }) => length)).toEqual([1000, 1000, 1]);
  expect(streams.filter(({ signal }) => signal.aborted)).toEqual([streams[1500]]);
});

test("nothing is asked and no timer runs while no stream is open", async () => {
  const { watch, questions } = setUp();
  const [one, two] = [watch.watch("a"), watch.watch("a")];
  one.release();
  one.release();
  expect(vi.getTimerCount()).toBeGreaterThan(0);
  two.release();
  expect(vi.getTimerCount()).toBe(0);
  await pass(10_000);
  expect(questions).toEqual([]);
  const third = watch.watch("a");
  await pass(2000);
  expect(questions).toEqual([["a"]]);
  third.release();
  expect(vi.getTimerCount()).toBe(0);
});

test("streams of a session that ended go together, those of others go on", async () => {
  const { watch, dead } = setUp();
  const [one, two, other] = [watch.watch("a"), watch.watch("a"), watch.watch("b")];
  dead.add("a");
  await pass(2000);
  expect([one.signal.aborted, two.signal.aborted, other.signal.aborted]).toEqual([true, true, false]);
});

test("a stream opened anew with a session that has ended is ended too", async () => {
  const { watch, dead } = setUp();
  const first = watch.watch("a");
  dead.add("a");
  await pass(2000);
  const again = watch.watch("a");
  first.release();
  await pass(2000);
  expect(again.signal.reason).toMatchObject(ended);
});

describe("when nobody can say which sessions live, streams end 5 seconds after the last answer:", () => {
  test.each([
    ["the source fails", () => Promise.reject(new Error("refused"))],
    ["the source never answers and ignores its signal", () => never],
    ["the source answers too late", () => new Promise<string[]>((resolve) => setTimeout(resolve, 4000, ["a"]))],
  ])("%s", async (_what, answer) => {
    const { watch, failures } = setUp(answer);
    const { signal } = watch.watch("a");
    await pass(4999);
    expect(signal.aborted).toBe(false);
    await pass(1);
    expect(signal.reason).toMatchObject(unavailable);
    expect(failures.length).toBeGreaterThan(0);
    await pass(10_000);
    expect(vi.getTimerCount()).toBeLessThanOrEqual(1);
  });

  test("counted from the question, not from the answer", async () => {
    let answers = 0;
    const slow = (uuids: readonly string[]) =>
      answers++ === 0 ? new Promise<readonly string[]>((resolve) => setTimeout(resolve, 2900, uuids)) : never;
    const { signal } = setUp(slow).watch.watch("a");
    await pass(6999);
    expect(signal.aborted).toBe(false);
    await pass(1);
    expect(signal.reason).toMatchObject(unavailable);
  });

  test("but one lost question ends nothing", async () => {
    let asked = 0;
    const flaky = async (uuids: readonly string[]) => {
      if (asked++ % 2 === 0) throw new Error("lost");
      return uuids;
    };
    const { signal } = setUp(flaky).watch.watch("a");
    await pass(60_000);
    expect(signal.aborted).toBe(false);
  });
});

test("the source is told when its answer is of no use any more", async () => {
  const signals: AbortSignal[] = [];
  const { watch } = setUp((_uuids, signal) => {
    signals.push(signal);
    return never;
  });
  watch.watch("a");
  await pass(4999);
  expect(signals[0]?.aborted).toBe(false);
  await pass(1);
  expect(signals[0]?.aborted).toBe(true);
});

test("times that leave no room for a lost question are refused", () => {
  const live = async (uuids: readonly string[]) => uuids;
  expect(() => new SessionWatch({ live, everyMs: 2000, withinMs: 3999 })).toThrow(RangeError);
  expect(() => new SessionWatch({ live, everyMs: 0 })).toThrow(RangeError);
});
