import { ManualClock } from "@gantry/kernel";
import { silentLogger } from "@gantry/telemetry";
import { expect, test } from "vitest";
import { LogIn } from "./log-in.ts";
import type { Credentials, PasswordHasher, SessionStore, UserStore } from "./ports.ts";
import { ProvePassword } from "./prove-password.ts";
import { Register } from "./register.ts";
import { unthrottled } from "./throttle-logins.ts";

const clock = new ManualClock();
const alice: Credentials = { userUuid: "u", login: "alice", passwordHash: "hash", epoch: 1 };
const unused = () => Promise.reject(new Error("not used here"));

/** A caller who goes away while their password is hashed. */
function leaving() {
  const caller = new AbortController();
  const hasher: PasswordHasher = {
    inTurn: (_signal, work) =>
      work({
        hash: async () => {
          caller.abort(new Error("gone"));
          return "hash";
        },
        check: async () => {
          caller.abort(new Error("gone"));
          return { matches: true, outdated: false };
        },
      }),
  };
  return { hasher, signal: caller.signal };
}

const users: UserStore = {
  add: unused,
  find: unused,
  credentialsOf: async () => alice,
  credentialsOfUser: async () => alice,
  setNotificationMethods: unused,
  changePassword: unused,
  rehash: unused,
};
const sessions: SessionStore = {
  begin: unused,
  use: unused,
  find: unused,
  end: unused,
  endAll: unused,
  moveToEpoch: unused,
};

test("no session begins for a caller who has gone", async () => {
  const { hasher, signal } = leaving();
  const provePassword = new ProvePassword(unthrottled);
  const logIn = new LogIn({
    users,
    sessions,
    hasher,
    provePassword,
    sessionLifeMs: 1000,
    clock,
    logger: silentLogger,
  });
  const attempt = { login: "alice", address: "203.0.113.7" };
  await expect(logIn.execute(attempt, "correct horse", signal)).rejects.toThrow("gone");
});

test("nobody is registered who has gone", async () => {
  const { hasher, signal } = leaving();
  const registration = { login: "alice", email: "a@example.org", password: "correct horse", notificationMethods: [] };
  await expect(new Register(users, hasher, clock).execute(registration, signal)).rejects.toThrow("gone");
});
