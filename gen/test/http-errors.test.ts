import { problemOf } from "@gantry/http";
import { AppError, type ErrorKind } from "@gantry/kernel";
import { describe, expect, test } from "vitest";
import { errors, type JsonMap, map, problems, validatorOf } from "./openapi-document.ts";
import { testdata } from "./testdata.ts";

const kindOf: Readonly<Record<number, ErrorKind>> = {
  400: "invalid_argument",
  401: "unauthenticated",
  403: "permission_denied",
  404: "not_found",
  409: "failed_precondition",
  413: "payload_too_large",
  415: "unsupported_media_type",
  422: "unprocessable",
  429: "rate_limited",
  500: "internal",
  503: "unavailable",
  504: "timeout",
};

/** The error whose problem document this is. */
const errorOf = ({ status, code, message, details, violations }: JsonMap): AppError =>
  new AppError({
    kind: kindOf[Number(status)] ?? "internal",
    reason: String(code),
    message: String(message),
    details: Object.fromEntries(Object.entries(map(details ?? {})).map(([key, value]) => [key, String(value)])),
    violations: Object.values(map(violations ?? {})).map((each) => {
      const violation = map(each);
      return {
        field: String(violation.field),
        rule: String(violation.rule),
        message: String(violation.message),
      };
    }),
  });

const problem = validatorOf({ $ref: "#/components/schemas/Problem" });

describe("contracts/testdata/errors/http", () => {
  const goldens = testdata<JsonMap>("errors/http");

  test("has one document for each code of the contract and no other", () => {
    const codes = [...new Set(problems.map(({ name }) => name))].sort();
    expect(goldens.map(({ file }) => file)).toEqual(codes.map((code) => `errors/http/${code}.json`));
  });

  test.each(goldens)("$file is valid and stands in the contract", ({ file, content }) => {
    expect(errors(problem, content)).toEqual([]);
    expect(file).toBe(`errors/http/${content.code}.json`);
    expect(problems.map(({ value }) => value)).toContainEqual(content);
  });

  test.each(goldens)("$file is what the host makes of the error", ({ content }) => {
    expect(problemOf(errorOf(content), "order", String(content.trace_id))).toEqual(content);
  });

  test.each(["type", "title", "status", "code", "message", "trace_id"])(
    "a document without %s is refused",
    (member) => {
      for (const { content } of goldens) expect(problem({ ...content, [member]: undefined })).toBe(false);
    },
  );
});
