import { expect, test } from "vitest";
import { checkAddresses } from "../src/check-addresses.ts";
import { memoryRepository } from "./memory-repository.ts";

const found = (text: string) => checkAddresses(memoryRepository({ "docs/notes.md": text })).length;

// Put together here, so that the check does not find its own test.
const slash = "/";

test.each([
  `${slash}root${slash}projects`,
  `cd ${slash}work${slash}main`,
  `"${slash}home${slash}ada${slash}gantry"`,
  `${slash}Users${slash}ada${slash}gantry`,
  `see ..${slash}shared`,
  `https:${slash}${slash}registry.${"npmjs"}.org${slash}zod`,
  `https:${slash}${slash}${"pypi"}.org`,
])("finds %s", (text) => {
  expect(found(`first line\n${text}\n`)).toBe(1);
});

test.each(["/api/v1/work/items", "src/root/main.ts", "the home folder", "platform/shared/x", "https://example.com"])(
  "lets %s be",
  (text) => {
    expect(found(text)).toBe(0);
  },
);
