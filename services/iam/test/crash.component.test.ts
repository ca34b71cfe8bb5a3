import { testDatabase } from "@gantry/testing";
import { describe, expect, test } from "vitest";
import { anIdentity } from "./fixture.ts";
import { aPerson, drive } from "./people.ts";
import { type RunningProcess, startProcess } from "./process.ts";

/** A service that is killed at the failpoint, with a person who has two sessions. */
async function someoneBefore(failpoint: string) {
  const { url: postgresUrl } = await testDatabase();
  const identity = anIdentity();
  const killed = await startProcess(postgresUrl, identity, { FP: `${failpoint}:kill:1` });
  const person = aPerson();
  const { register, logIn } = drive(killed);
  await register(person);
  const [own, other] = [await logIn(person), await logIn(person)];
  const restart = async () => {
    expect(await killed.exited).toEqual([null, "SIGKILL"]);
    expect(await killed.stderr).toContain(`failpoint fired: ${failpoint} kill`);
    return startProcess(postgresUrl, identity);
  };
  return { person, own, other, restart };
}

async function stop({ kill, exited }: RunningProcess): Promise<void> {
  kill("SIGTERM");
  expect(await exited).toEqual([0, null]);
}

const unavailable = { kind: "unavailable" };

describe("killed while a password is changed", () => {
  test("before the commit, nothing has changed", async () => {
    const { person, own, other, restart } = await someoneBefore("iam.password.before_commit");
    const change = { currentPassword: person.password, newPassword: "something else" };
    await expect(own.users.changePassword(change)).rejects.toMatchObject(unavailable);
    const again = await restart();
    const { opens, logIn } = drive(again);
    expect([await opens(own.token), await opens(other.token)]).toEqual([true, true]);
    expect(await opens((await logIn(person)).token)).toBe(true);
    await stop(again);
  });

  test("after the commit, the new password holds and no old session lives", async () => {
    const { person, own, other, restart } = await someoneBefore("iam.password.after_commit");
    const change = { currentPassword: person.password, newPassword: "something else" };
    await expect(own.users.changePassword(change)).rejects.toMatchObject(unavailable);
    const again = await restart();
    const { opens, logIn } = drive(again);
    expect([await opens(own.token), await opens(other.token)]).toEqual([false, false]);
    await expect(logIn(person)).rejects.toMatchObject({ reason: "CREDENTIALS_INVALID" });
    expect(await opens((await logIn({ ...person, password: "something else" })).token)).toBe(true);
    await stop(again);
  });
});

describe("killed during LogoutEverywhere", () => {
  test.each([
    ["iam.epoch.before_commit", true],
    ["iam.epoch.after_commit", false],
  ])("at %s, all sessions live or none does", async (failpoint, live) => {
    const { own, other, restart } = await someoneBefore(failpoint);
    await expect(own.auth.logoutEverywhere({}, { timeoutMs: 1000 })).rejects.toMatchObject(unavailable);
    const again = await restart();
    const { opens } = drive(again);
    expect([await opens(own.token), await opens(other.token)]).toEqual([live, live]);
    await stop(again);
  });
});

test("killed after a log-out was noted, the session does not come back", async () => {
  const { own, other, restart } = await someoneBefore("iam.logout.after_commit");
  await expect(own.auth.logout({}, { timeoutMs: 1000 })).rejects.toMatchObject(unavailable);
  const again = await restart();
  const { opens } = drive(again);
  expect([await opens(own.token), await opens(other.token)]).toEqual([false, true]);
  await stop(again);
});
