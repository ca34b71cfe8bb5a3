import { describe, expect, test } from "vitest";
import { fileHeader } from "./header.ts";
import { literal } from "./literal.ts";
import { commentText, docComment, propertyName, quote } from "./quote.ts";

describe("text of a contract", () => {
  test.each(['a"b\\c\nd\u2028e\u0085f', "\u0000", "`\u0024{x}`", "'"])("comes back from its literal: %j", (text) => {
    expect(JSON.parse(quote(text))).toBe(text);
    expect(quote(text)).not.toMatch(/[\p{Cc}\u2028\u2029]/u);
  });

  test("stays inside a comment, on one line", () => {
    expect(commentText("a */ b\n\u2028c  d\t@ts-ignore")).toBe("a *\\/ b c d @ ts-ignore");
    expect(docComment(["a\nb", "", " "])).toBe("/** a b */\n");
    expect(fileHeader("a\nglobalThis.pwned = 1").trimEnd()).not.toContain("\n");
  });

  test("is a bare property name only where it is an identifier", () => {
    expect(["a1", "a-b", "class", "", "é"].map(propertyName)).toEqual(["a1", '"a-b"', "class", '""', '"é"']);
  });

  test("never sets a prototype", () => {
    const value: unknown = JSON.parse('{"__proto__":{"a":1}}');
    expect(literal(value)).toBe('{ ["__proto__"]: { a: 1 } }');
  });
});

test("plain data is written as it is", () => {
  expect(literal({ a: [1, true, null], b: undefined, c: {} })).toBe("{ a: [1, true, null], c: {} }");
  expect(() => literal(() => 1)).toThrow("a function is no plain data");
});
