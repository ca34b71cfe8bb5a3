import { expect, test } from "vitest";
import { z } from "zod";
import { choice, flag, httpUrl, integer, json, port, postgresUrl, text } from "./schemas.ts";

const reads = (schema: z.ZodType, value: string): unknown => schema.parse(value);
const refuses = (schema: z.ZodType, value: string): string => {
  const result = schema.safeParse(value);
  return result.success
    ? `accepted ${JSON.stringify(result.data)}`
    : result.error.issues.map(({ message }) => message).join();
};

test.each([
  ["0", 0],
  ["65535", 65_535],
  ["0080", 80],
])("a port may be %s", (value, port_) => {
  expect(reads(port(), value)).toBe(port_);
});

test.each([
  "-1",
  "65536",
  "1.5",
  "1e3",
  "0x10",
  " 80",
  "80 ",
  "+80",
  "",
  "eighty",
  "٣",
  "99999999999999999999",
  "NaN",
  "Infinity",
])("a port may not be %j", (value) => {
  expect(refuses(port(), value)).toBe("must be a whole number from 0 to 65535");
});

test("a number may be negative where its bounds say so", () => {
  expect(reads(integer({ min: -5, max: 5 }), "-5")).toBe(-5);
});

test.each([
  ["true", true],
  ["false", false],
])("a flag may be %s", (value, flag_) => {
  expect(reads(flag(), value)).toBe(flag_);
});

test.each(["TRUE", "1", "0", "yes", "on", "", " true"])("a flag may not be %j", (value) => {
  expect(refuses(flag(), value)).toBe("must be one of true, false");
});

test("a choice names what may be chosen", () => {
  expect(reads(choice(["a", "b"]), "b")).toBe("b");
  expect(refuses(choice(["a", "b"]), "toString")).toBe("must be one of a, b");
});

test("a text is bounded", () => {
  const bounded = text({ min: 1, max: 3 });
  expect(reads(bounded, "abc")).toBe("abc");
  expect(refuses(bounded, "abcd")).toBe("must be 1 to 3 characters long");
});

test.each(["http://127.0.0.1:4318", "https://collector.example/base/"])("an HTTP address may be %s", (value) => {
  expect(reads(httpUrl(), value)).toBe(value);
});

test.each([
  "127.0.0.1:4318",
  "localhost",
  "ftp://h",
  "javascript:alert(1)",
  "http://",
  "http:h",
  "//h",
  "http://h:99999",
  "",
])("an HTTP address may not be %j", (value) => {
  expect(refuses(httpUrl(), value)).toBe("must be a URL starting with http:// or https://");
});

test.each(["postgres://u:p@127.0.0.1:5432/db", "postgresql://h/db?sslmode=require"])(
  "a database address may be %s",
  (value) => {
    expect(reads(postgresUrl(), value)).toBe(value);
  },
);

test("a JSON document is read and checked", () => {
  const schema = json(z.strictObject({ a: z.number("must be a number") }));
  expect(reads(schema, '{"a":1}')).toEqual({ a: 1 });
  expect(refuses(schema, '{"a":"x"}')).toBe("must be a number");
  expect(refuses(schema, "{")).toBe("must be a JSON document");
});
