import { expect, test } from "vitest";
import { AppError } from "./app-error.ts";

const notFound = new AppError({ kind: "not_found", reason: "ORDER_NOT_FOUND", message: "There is no such order." });

test("has empty facts unless they are given", () => {
  expect(notFound).toMatchObject({ details: {}, violations: [], meta: {}, retryAfterSec: undefined });
  expect(notFound.cause).toBeUndefined();
  expect(notFound).toBeInstanceOf(Error);
});

test("keeps its cause", () => {
  const cause = new Error("socket");
  expect(new AppError({ kind: "unavailable", reason: "X", message: "x", cause }).cause).toBe(cause);
});

test.each([
  ["unavailable", true],
  ["conflict", true],
  ["not_found", false],
  ["internal", false],
] as const)("%s is retryable: %s", (kind, retryable) => {
  expect(new AppError({ kind, reason: "X", message: "x" }).retryable).toBe(retryable);
});

test("recognises an AppError of another copy of the module", async () => {
  const copy: typeof import("./app-error.ts") = await import(`./app-error.ts?copy=${1}`);
  const foreign = new copy.AppError({ kind: "timeout", reason: "SLOW", message: "slow" });
  expect(foreign).not.toBeInstanceOf(AppError);
  expect(AppError.is(foreign)).toBe(true);
  expect(AppError.from(foreign)).toBe(foreign);
});

test.each([[null], [undefined], ["text"], [{ kind: "not_found", reason: "X" }], [new Error("x")]])(
  "does not take %j for one",
  (other) => {
    expect(AppError.is(other)).toBe(false);
  },
);

test("passes an AppError on as it is", () => {
  expect(AppError.from(notFound)).toBe(notFound);
});

test.each([[new Error("password=hunter2")], ["password=hunter2"], [null], [undefined]])(
  "turns anything else into a constant text and keeps it as the cause (%j)",
  (thrown) => {
    const error = AppError.from(thrown);
    expect(error).toMatchObject({ kind: "internal", reason: "INTERNAL", message: "Something went wrong on our side." });
    expect(error.cause).toBe(thrown);
  },
);
