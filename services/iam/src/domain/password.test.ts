import { describe, expect, test } from "vitest";
import { canonicalNewPassword, canonicalPassword } from "./password.ts";

const invalid = (rule: string) =>
  expect.objectContaining({
    kind: "invalid_argument",
    reason: "PASSWORD_INVALID",
    violations: [expect.objectContaining({ field: "password", rule: `password.${rule}` })],
  });

describe("a password", () => {
  test.each([
    ["composed and decomposed letters", "\u00e9\u1e9b\u0323", "e\u0301\u017f\u0323\u0307"],
    ["syllables and their parts", "\uac00", "\u1100\u1161"],
    ["spaces of any width", "a b", "a\u3000b"],
  ])("is the same with %s", (_what, one, other) => {
    expect(canonicalPassword(one, "password")).toBe(canonicalPassword(other, "password"));
  });

  test.each([
    ["ligatures", "ﬁ", "fi"],
    ["wide letters", "Ａ", "A"],
    ["raised digits", "²", "2"],
    ["capitals", "A", "a"],
    ["spaces at its ends", " a", "a"],
  ])("is not the same with other %s", (_what, one, other) => {
    expect(canonicalPassword(one, "password")).not.toBe(canonicalPassword(other, "password"));
  });

  test.each(["\u0000", "\n", "\u007f", "\u0085", "\ud800", "\udc00a", "\ufffd"])("cannot hold %j", (text) => {
    expect(() => canonicalPassword(`good ${text} password`, "password")).toThrow(invalid("plain_text"));
  });

  test("has at most 1024 bytes in its canonical form, which may be longer than it was typed", () => {
    expect(canonicalPassword("é".repeat(512), "password")).toHaveLength(512);
    const grows = "\u0958"; // 3 bytes, 6 in NFC
    expect(() => canonicalPassword(grows.repeat(171), "password")).toThrow(invalid("max_bytes"));
  });

  test("that is new has at least eight characters in its canonical form, a surrogate pair being one", () => {
    expect(canonicalNewPassword("😀".repeat(8), "password")).toHaveLength(16);
    for (const text of ["😀".repeat(7), "e\u0301".repeat(7), "1234567"])
      expect(() => canonicalNewPassword(text, "password")).toThrow(invalid("min_len"));
  });

  test("is never in its own error", () => {
    expect(() => canonicalNewPassword("c4n4ry\n", "password")).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining("c4n4ry") }),
    );
  });
});
