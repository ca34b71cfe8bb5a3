import { ManualClock, systemClock } from "@gantry/kernel";
import { beforeEach, describe, expect, test } from "vitest";
import { PostgresRetention } from "../src/adapters/retention.postgres.ts";
import { PostgresThrottleStore } from "../src/adapters/throttle-store.postgres.ts";
import { type Attempt, ThrottleLogins } from "../src/app/throttle-logins.ts";
import { aDatabase, openDatabase } from "./database.ts";
import { aService } from "./fixture.ts";
import { aPerson, drive, reasonOf } from "./people.ts";

const postgres = await aDatabase();
const clock = new ManualClock(new Date("2030-01-01T00:00:00Z"));
/** Two replicas share what they know. */
const one = new ThrottleLogins(new PostgresThrottleStore(postgres), clock);
const two = new ThrottleLogins(new PostgresThrottleStore(postgres), clock);

const retryAfter = (attempt: Attempt): Promise<number> =>
  two.admit(attempt).then(
    () => 0,
    (error) => {
      expect(error).toMatchObject({ kind: "rate_limited", reason: "RATE_LIMITED" });
      return error.retryAfterSec;
    },
  );

async function fail(attempt: Attempt, times: number): Promise<void> {
  for (let n = 0; n < times; n++) await one.failed(attempt);
}

let attempt: Attempt;
let next = 0;
beforeEach(() => {
  next += 1;
  attempt = { login: `alice-${next}`, address: `2001:db8:0:${next}::/64` };
});

describe("failed log-ins", () => {
  test("of one person from one address wait longer and longer, on every replica", async () => {
    await fail(attempt, 4);
    expect(await retryAfter(attempt)).toBe(0);
    const waits = [];
    for (let n = 0; n < 4; n++) {
      await fail(attempt, 1);
      waits.push(await retryAfter(attempt));
    }
    expect(waits).toEqual([1, 2, 4, 8]);
  });

  test("hold up neither the person elsewhere nor others at that address", async () => {
    await fail(attempt, 20);
    expect(await retryAfter(attempt)).toBe(900);
    expect(await retryAfter({ ...attempt, address: "198.51.100.1" })).toBe(0);
    expect(await retryAfter({ ...attempt, login: "bob" })).toBe(0);
  });

  test("from a thousand addresses do not keep the person out of one that behaves, and give each of them one try", async () => {
    for (let n = 0; n < 1000; n++) await one.failed({ ...attempt, address: `192.0.2.${n}` });
    const good = { ...attempt, address: "198.51.100.2" };
    expect(await retryAfter(good)).toBe(0);
    await fail(good, 1);
    expect(await retryAfter(good)).toBe(60);
    expect(await retryAfter({ ...attempt, address: "192.0.2.7" })).toBe(60);
  });

  test("of many persons at one address hold that address up, for a minute at most", async () => {
    for (let n = 0; n < 200; n++) await one.failed({ ...attempt, login: `victim-${n}` });
    expect(await retryAfter({ ...attempt, login: "another" })).toBe(60);
  });

  test("are forgotten when the password was right, for that address alone", async () => {
    await fail(attempt, 6);
    const elsewhere = { ...attempt, address: "198.51.100.3" };
    await fail(elsewhere, 6);
    await one.succeeded(attempt);
    expect(await retryAfter(attempt)).toBe(0);
    expect(await retryAfter(elsewhere)).toBe(2);
  });

  test("let one of many through after the wait", async () => {
    await fail(attempt, 5);
    clock.advance(1000);
    const outcomes = await Promise.all(Array.from({ length: 10 }, () => retryAfter(attempt)));
    expect(outcomes.filter((wait) => wait === 0)).toHaveLength(1);
    expect(await retryAfter(attempt)).toBe(1);
  });

  test("are counted one by one, however many come at once", async () => {
    await Promise.all(Array.from({ length: 6 }, () => one.failed(attempt)));
    expect(await retryAfter(attempt)).toBe(2);
  });

  test("leave rows that name nobody, and that go when they are forgotten", async () => {
    await fail(attempt, 1);
    const rows = JSON.stringify(await postgres.db.selectFrom("throttle").selectAll().execute());
    expect(rows).not.toContain("alice");
    expect(rows).not.toContain("2001:db8");
    const retention = new PostgresRetention(postgres);
    clock.advance(86_400_000);
    while ((await retention.sweep(clock.now())) > 0);
    expect(await postgres.db.selectFrom("throttle").selectAll().execute()).toEqual([]);
  });
});

/** Guesses until it has to wait; a slow machine may have waited long enough by itself a few times. */
async function guess(attempt: () => Promise<unknown>): Promise<readonly string[]> {
  const reasons: string[] = [];
  while (reasons.length < 20 && reasons.at(-1) !== "RATE_LIMITED")
    reasons.push(await attempt().then(() => "in", reasonOf));
  return reasons;
}

const fiveGuesses = Array.from({ length: 5 }, () => "CREDENTIALS_INVALID");

describe("the service", () => {
  test("makes who guesses wait, for a person that is there and one that is not", async () => {
    const { register, logIn } = drive(await aService());
    const person = aPerson();
    await register(person);
    for (const guessed of [person, aPerson()]) {
      const reasons = await guess(() => logIn({ ...guessed, password: "a guess" }));
      expect(reasons.slice(0, 5)).toEqual(fiveGuesses);
      expect(reasons.at(-1)).toBe("RATE_LIMITED");
    }
  });

  test("refuses the right password where it has to wait, and lets the person in from elsewhere", async () => {
    const service = await aService();
    const { register, logIn } = drive(service);
    const person = aPerson();
    await register(person);
    const guesses = new ThrottleLogins(new PostgresThrottleStore(openDatabase(service.postgresUrl)), systemClock);
    for (let n = 0; n < 12; n++) await guesses.failed({ login: person.login, address: "203.0.113.66" });
    await expect(logIn(person, "203.0.113.66")).rejects.toMatchObject({ kind: "rate_limited", reason: "RATE_LIMITED" });
    expect((await logIn(person, "198.51.100.4")).token).toHaveLength(43);
  });

  test("counts wrong current passwords with the others", async () => {
    const { register, logIn } = drive(await aService());
    const person = aPerson();
    await register(person);
    const { users } = await logIn(person);
    const change = { currentPassword: "a guess", newPassword: "battery staple" };
    const reasons = await guess(() => users.changePassword(change));
    expect(reasons.slice(0, 5)).toEqual(fiveGuesses);
    expect(reasons.at(-1)).toBe("RATE_LIMITED");
  });

  test("throttles nobody when it is told so", async () => {
    const { register, logIn } = drive(await aService({ settings: { IAM_THROTTLES: "false" } }));
    const person = aPerson();
    await register(person);
    for (let n = 0; n < 10; n++)
      await expect(logIn({ ...person, password: "a guess" })).rejects.toMatchObject({ reason: "CREDENTIALS_INVALID" });
    expect((await logIn(person)).token).toHaveLength(43);
  });
});
