import { describe, expect, test } from "vitest";
import { addMoney, equalMoney, MAX_MINOR, money, multiplyMoney } from "./money.ts";

describe("money", () => {
  test("holds amounts from zero to the largest that JSON carries exactly", () => {
    expect(money(0n, "EUR")).toEqual({ minor: 0n, currency: "EUR" });
    expect(Number(money(MAX_MINOR, "EUR").minor)).toBe(2 ** 53 - 1);
  });

  test.each([-1n, MAX_MINOR + 1n])("refuses %s minor units", (minor) => {
    expect(() => money(minor, "EUR")).toThrow(
      expect.objectContaining({
        kind: "invalid_argument",
        reason: "MONEY_OUT_OF_RANGE",
        message: expect.stringContaining(`${minor}`),
      }),
    );
  });

  test.each(["", "eur", "EURO", "E1R", "EUR\n"])("refuses %j as a currency", (currency) => {
    expect(() => money(1n, currency)).toThrow(expect.objectContaining({ reason: "CURRENCY_INVALID" }));
  });

  test("adds amounts of one currency", () => {
    expect(addMoney(money(70n, "EUR"), money(55n, "EUR"))).toEqual(money(125n, "EUR"));
  });

  test("refuses to add amounts of two currencies", () => {
    expect(() => addMoney(money(1n, "EUR"), money(1n, "USD"))).toThrow(
      expect.objectContaining({ reason: "CURRENCY_MISMATCH", message: "Cannot add USD to EUR." }),
    );
  });

  test("refuses a sum that overflows", () => {
    expect(() => addMoney(money(MAX_MINOR, "EUR"), money(1n, "EUR"))).toThrow(
      expect.objectContaining({ reason: "MONEY_OUT_OF_RANGE" }),
    );
  });

  test("multiplies a price exactly, where a float would not", () => {
    const price = money(9_007_199_254_741n, "EUR");
    expect(multiplyMoney(price, 999).minor).toBe(8_998_192_055_486_259n);
  });

  test("refuses a product that overflows", () => {
    expect(() => multiplyMoney(money(MAX_MINOR / 2n, "EUR"), 3)).toThrow(
      expect.objectContaining({ reason: "MONEY_OUT_OF_RANGE" }),
    );
  });

  test.each([-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53])("refuses %s as a quantity", (quantity) => {
    expect(() => multiplyMoney(money(1n, "EUR"), quantity)).toThrow(
      expect.objectContaining({ kind: "invalid_argument", reason: "QUANTITY_INVALID" }),
    );
  });

  test("equals by amount and currency", () => {
    expect(equalMoney(money(1n, "EUR"), money(1n, "EUR"))).toBe(true);
    expect(equalMoney(money(1n, "EUR"), money(2n, "EUR"))).toBe(false);
    expect(equalMoney(money(1n, "EUR"), money(1n, "USD"))).toBe(false);
  });
});
