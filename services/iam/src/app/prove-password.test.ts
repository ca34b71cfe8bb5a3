import { beforeEach, expect, test } from "vitest";
import type { Credentials, Hashing } from "./ports.ts";
import { ProvePassword } from "./prove-password.ts";
import type { LoginThrottle } from "./throttle-logins.ts";

const alice: Credentials = { userUuid: "u", login: "alice", passwordHash: "hash of good", epoch: 1 };
const attempt = { login: "alice", address: "203.0.113.7" };

let done: string[] = [];
beforeEach(() => {
  done = [];
});

/** Counts what would cost time. */
const hashing: Hashing = {
  hash: async () => "unused",
  check: async (hash, password) => {
    done.push("hash");
    return { matches: hash === `hash of ${password}`, outdated: false };
  },
};

const throttle: LoginThrottle = {
  admit: async () => void done.push("admit"),
  failed: async () => void done.push("failed"),
  succeeded: async () => void done.push("succeeded"),
};

const prove = (password: string, found: Credentials | undefined) =>
  new ProvePassword(throttle).execute({ attempt, password, find: async () => found }, hashing);

test("the right password gives the person, and their failures are forgotten", async () => {
  expect(await prove("good", alice)).toEqual({ credentials: alice, outdated: false });
  expect(done).toEqual(["admit", "hash", "succeeded"]);
});

test("a wrong password and a person who is not there cost the same and get the same answer", async () => {
  const wrong = await prove("bad", alice).catch((error: unknown) => error);
  const doneForWrong = done;
  done = [];
  const unknown = await prove("bad", undefined).catch((error: unknown) => error);
  expect(done).toEqual(doneForWrong);
  expect(done).toEqual(["admit", "hash", "failed"]);
  expect(unknown).toEqual(wrong);
  expect(wrong).toMatchObject({ kind: "unauthenticated", reason: "CREDENTIALS_INVALID" });
});

test("an attempt that has to wait does not get as far as the hash", async () => {
  const refusing: LoginThrottle = { ...throttle, admit: () => Promise.reject(new Error("wait")) };
  const refused = new ProvePassword(refusing).execute({ attempt, password: "good", find: async () => alice }, hashing);
  await expect(refused).rejects.toThrow("wait");
  expect(done).toEqual([]);
});
