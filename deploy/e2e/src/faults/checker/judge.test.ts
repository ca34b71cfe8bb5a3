import { expect, test } from "vitest";
import { healthySnapshot as healthy } from "./healthy-snapshot.ts";
import { judge } from "./judge.ts";

test("finds nothing wrong in a healthy system", () => {
  expect(judge(healthy)).toEqual([]);
});
