import { afterAll, beforeAll, expect, test } from "vitest";
import { type Person, type System, startSystem } from "./system.ts";

let system: System;
let person: Person;

beforeAll(async () => {
  system = await startSystem({ serviceEnv: { gateway: { GATEWAY_RATE_LIMITS: "true" } } });
  person = await system.person();
});
afterAll(() => system[Symbol.asyncDispose]());

const logIn = () =>
  fetch(`${system.gateway}/gantry.iam.v1.AuthService/Login`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ login: person.login, password: "not the right one" }),
  });

test("log-ins have a budget of their own: whoever uses it up waits, and everything else goes on", async () => {
  const attempts = Promise.all(Array.from({ length: 40 }, logIn));
  const meanwhile = await Promise.all(Array.from({ length: 10 }, () => person.orders.GET("/orders")));
  expect(new Set(meanwhile.map(({ response }) => response.status))).toEqual(new Set([200]));
  const answers = await attempts;
  const refused = answers.filter(({ status }) => status === 429);
  // The contract gives an address ten at once and two a second; whatever was not refused was tried, and wrong.
  expect(refused.length).toBeGreaterThanOrEqual(20);
  expect(answers.filter(({ status }) => status === 401)).toHaveLength(answers.length - refused.length);
  for (const answer of refused) {
    expect(Number(answer.headers.get("retry-after"))).toBeGreaterThanOrEqual(1);
    expect(await answer.json()).toMatchObject({ code: "resource_exhausted" });
  }
});
