import { hash as argon2 } from "argon2";
import { expect, test } from "vitest";
import { Argon2Hasher } from "./password-hasher.argon2.ts";

const never = new AbortController().signal;
const limits = { concurrency: 4, queue: 4 };
const cost = { memoryKib: 19_456, iterations: 2 };
const hasher = new Argon2Hasher(cost, limits);
const hash = (password: string) => hasher.inTurn(never, (hashing) => hashing.hash(password));
const check = (kept: string | undefined, password: string) =>
  hasher.inTurn(never, (hashing) => hashing.check(kept, password));

test("a hash is argon2id with the parameters of the settings and a salt of its own", async () => {
  const [one, two] = [await hash("correct horse"), await hash("correct horse")];
  for (const made of [one, two]) expect(made).toMatch(/^\$argon2id\$v=19\$m=19456,p=1,t=2\$[\w+/]{22}\$[\w+/]{43}$/);
  expect(one).not.toBe(two);
  expect(await check(one, "correct horse")).toEqual({ matches: true, outdated: false });
  expect(await check(one, "correct house")).toEqual({ matches: false, outdated: false });
});

test("a hash of other parameters still matches, and is outdated", async () => {
  const old = await argon2("correct horse", { memoryCost: 19_456, timeCost: 3, parallelism: 1 });
  expect(await check(old, "correct horse")).toEqual({ matches: true, outdated: true });
});

/** Microseconds that five checks take of all threads: a busy machine makes them later, not more. */
async function costOf(kept: string | undefined): Promise<number> {
  const before = process.cpuUsage();
  for (let n = 0; n < 5; n++) await check(kept, "correct horse");
  return process.cpuUsage(before).user;
}

test("without a hash the answer is no, and the same work has been done", async () => {
  const kept = await hash("correct horse");
  expect(await check(undefined, "correct horse")).toEqual({ matches: false, outdated: false });
  expect(await costOf(undefined)).toBeGreaterThan((await costOf(kept)) / 2);
});

test("no more than the settings allow is hashed at once or waits", async () => {
  const narrow = new Argon2Hasher(cost, { concurrency: 1, queue: 0 });
  const first = narrow.inTurn(never, (hashing) => hashing.hash("one"));
  await expect(narrow.inTurn(never, (hashing) => hashing.hash("two"))).rejects.toMatchObject({
    reason: "RATE_LIMITED",
  });
  await first;
});
