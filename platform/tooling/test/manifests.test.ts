import { expect, test } from "vitest";
import { checkManifests } from "../src/manifests/check-manifests.ts";
import { memoryRepository } from "./memory-repository.ts";

interface Said {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly references?: readonly string[];
}

function findings(files: Readonly<Record<string, string>>, { references = [], ...said }: Said) {
  const found = checkManifests(
    memoryRepository({
      "platform/rpc/package.json": JSON.stringify({ name: "@gantry/rpc", ...said }),
      "platform/rpc/tsconfig.json": JSON.stringify({ references: references.map((path) => ({ path })) }),
      ...files,
    }),
  );
  return found.map(({ where, message }) => `${where} ${message}`);
}

const source = { "platform/rpc/src/server.ts": 'import { x } from "@gantry/kernel";' };
const tests = { "platform/rpc/test/server.test.ts": 'import { x } from "@gantry/testing";' };
const kernel = { "@gantry/kernel": "0.0.0" };
const testing = { "@gantry/testing": "0.0.0" };

test("a manifest that says what the code does is accepted", () => {
  const said = { dependencies: kernel, devDependencies: testing, references: ["../kernel", "../testing"] };
  expect(findings({ ...source, ...tests }, said)).toEqual([]);
});

test.each([
  ["an import that is not listed", source, {}, "package.json does not list @gantry/kernel, which its source imports"],
  [
    "a test's import that is not listed",
    tests,
    {},
    "package.json does not list @gantry/testing, which its tests import",
  ],
  [
    "a listed package that nobody imports",
    {},
    { dependencies: kernel, references: ["../kernel"] },
    "package.json lists @gantry/kernel, which its source does not import",
  ],
  [
    "a package for tests that no test imports",
    {},
    { devDependencies: testing, references: ["../testing"] },
    "package.json lists @gantry/testing for tests, which do not import it",
  ],
  ["a missing reference", source, { dependencies: kernel }, "tsconfig.json has no reference to platform/kernel"],
  [
    "a reference too many",
    {},
    { references: ["../kernel"] },
    "tsconfig.json refers to platform/kernel, which package.json does not list",
  ],
])("finds %s", (_what, files, said, expected) => {
  expect(findings(files, said)).toEqual([`platform/rpc/${expected}`]);
});
