import { expect, test } from "vitest";
import { assertNever } from "./assert-never.ts";

type Shape = { kind: "circle" } | { kind: "square" };

const name = (shape: Shape): string => {
  switch (shape.kind) {
    case "circle":
      return "round";
    case "square":
      return "square";
    default:
      return assertNever(shape, "shape");
  }
};

const name2 = (shape: Shape): string => {
  if (shape.kind === "circle") return "round";
  // @ts-expect-error a square is left over
  return assertNever(shape, "shape");
};

test("does not compile while a case is left", () => {
  expect(name({ kind: "square" })).toBe("square");
  expect(name2({ kind: "circle" })).toBe("round");
});

test.each([
  [{ kind: "hexagon" }, "{ kind: 'hexagon' }"],
  [12n, "12n"],
  [Symbol("x"), "Symbol(x)"],
])("names the value that came all the same (%s)", (value, shown) => {
  const call = (): unknown => Reflect.apply(assertNever, undefined, [value, "shape"]);
  expect(call).toThrow(new TypeError(`unexpected shape: ${shown}`));
});
