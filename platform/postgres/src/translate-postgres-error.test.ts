import { AppError } from "@gantry/kernel";
import { describe, expect, test } from "vitest";
import { translatePostgresError } from "./translate-postgres-error.ts";

const withCode = (code: string) => Object.assign(new Error("text of the driver"), { code });

describe("translatePostgresError", () => {
  test.each([
    ["23505", "already_exists"],
    ["23503", "failed_precondition"],
    ["40001", "conflict"],
    ["40P01", "conflict"],
    ["55P03", "conflict"],
    ["57014", "timeout"],
    ["25P03", "timeout"],
    ["25006", "unavailable"],
    ["57P01", "unavailable"],
    ["57P03", "unavailable"],
    ["08006", "unavailable"],
    ["53300", "unavailable"],
    ["ECONNREFUSED", "unavailable"],
    ["ECONNRESET", "unavailable"],
    ["23514", "internal"],
    ["22P02", "internal"],
    ["42P01", "internal"],
  ])("%s is %s, without the driver's text", (code, kind) => {
    const cause = withCode(code);
    const error = translatePostgresError(cause);
    expect(error).toMatchObject({ kind, cause });
    expect(error.message).not.toContain("driver");
  });

  test("leaves an AppError as it is", () => {
    const error = new AppError({ kind: "not_found", reason: "X", message: "x" });
    expect(translatePostgresError(error)).toBe(error);
  });

  test.each([[new TypeError("bug")], ["text"], [null], [{ code: 42 }]])("calls %s internal", (thrown) => {
    expect(translatePostgresError(thrown)).toMatchObject({ kind: "internal", cause: thrown });
  });

  test("tells the constraint", () => {
    const cause = Object.assign(withCode("23505"), { constraint: "payment_pkey", table: "payment" });
    const meta = { sqlState: "23505", constraint: "payment_pkey", table: "payment" };
    expect(translatePostgresError(cause)).toMatchObject({ meta });
  });

  test("says when to try again where waiting helps", () => {
    for (const code of ["57P01", "55P03"]) expect(translatePostgresError(withCode(code)).retryAfterSec).toBe(1);
    expect(translatePostgresError(withCode("23505")).retryAfterSec).toBeUndefined();
  });
});
