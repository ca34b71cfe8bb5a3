import { describe, expect, test } from "vitest";
import { aService, clientsOf } from "./fixture.ts";
import { aPerson, drive, reasonOf } from "./people.ts";

const service = await aService({ settings: { IAM_THROTTLES: "false" } });
const { nobody, register, logIn } = drive(service);
/** Connections of their own, each with fewer calls than a connection carries. */
const crowd = Array.from({ length: 5 }, () => clientsOf(service.url, () => undefined).auth);

describe("500 log-ins at once", () => {
  test("get an answer each: those that fit are logged in, the others are told to come back", async () => {
    const person = aPerson();
    await register(person);
    const { auth } = await logIn(person);
    let answered = 0;
    const logins = Array.from({ length: 500 }, (_, n) =>
      crowd[n % crowd.length]
        ?.login(person)
        .then(
          () => "ok",
          (error) => (error.retryAfterSec === 1 ? reasonOf(error) : `${reasonOf(error)} without retry-after`),
        )
        .finally(() => (answered += 1)),
    );
    const [outcomes, answeredBefore] = await Promise.all([Promise.all(logins), auth.whoami({}).then(() => answered)]);
    const count = (outcome: string) => outcomes.filter((each) => each === outcome).length;
    // A machine with much else to do may not hash all that wait before their deadline.
    expect(count("ok") + count("RATE_LIMITED") + count("DEADLINE_EXCEEDED without retry-after")).toBe(500);
    expect(count("ok")).toBeGreaterThan(0);
    expect(count("RATE_LIMITED")).toBeGreaterThan(0);
    // Another route does not stand behind them.
    expect(answeredBefore).toBeLessThan(500);
    expect((await logIn(person)).token).toHaveLength(43);
  });

  test("are told the same on a full queue, whether there is such a person or not", async () => {
    const person = aPerson();
    await register(person);
    const messages = new Set<string>();
    const attempt = (login: string) =>
      nobody.auth.login({ ...person, login, password: "wrong" }).catch(({ kind, reason, message }) => {
        messages.add(JSON.stringify({ kind, reason, message }));
      });
    await Promise.all(Array.from({ length: 120 }, (_, n) => attempt(n % 2 === 0 ? person.login : "nobody-here")));
    expect([...messages].map((text) => JSON.parse(text).reason).sort()).toEqual([
      "CREDENTIALS_INVALID",
      "RATE_LIMITED",
    ]);
  });
});

test("who gives up while waiting makes room for others", async () => {
  const person = aPerson();
  await register(person);
  const impatient = new AbortController();
  const gone = Array.from({ length: 20 }, () =>
    nobody.auth.login(person, { signal: impatient.signal }).then(
      () => "ok",
      () => "gone",
    ),
  );
  const first = await Promise.race(gone);
  expect(first).toBe("ok");
  impatient.abort();
  await Promise.all(gone);
  expect((await logIn(person)).token).toHaveLength(43);
});
