import { describe, expect, test } from "vitest";
import { checkImports } from "../src/imports/check-imports.ts";
import { importRules } from "../src/imports/rules.ts";
import { memoryRepository } from "./memory-repository.ts";

const broken = (path: string, code: string) =>
  checkImports(memoryRepository({ [path]: code })).map(({ rule, where }) => `${rule} @ ${where}`);

/** For each rule, code that breaks it and nothing else. */
const breaches: readonly (readonly [rule: string, path: string, specifier: string])[] = [
  ["packages have doors", "services/order/src/compose.ts", "@gantry/kernel/src/money.ts"],
  ["packages have doors", "platform/rpc/src/server.ts", "../../kernel/src/money.ts"],
  ["packages have doors", "platform/rpc/test/server.test.ts", "../../kernel/src/money.ts"],
  ["services meet in contracts", "services/order/src/compose.ts", "@gantry/payment"],
  ["services meet in contracts", "deploy/devstack/src/main.ts", "@gantry/order"],
  ["the launcher is on top", "services/order/src/compose.ts", "@gantry/devstack"],
  ["generated code needs its runtime only", "gen/openapi/order/server.ts", "@gantry/http"],
  ["platform layers", "platform/kernel/src/money.ts", "@gantry/config"],
  ["platform layers", "platform/postgres/src/pool.ts", "@gantry/http"],
  ["platform layers", "platform/config/src/config.ts", "@gantry/telemetry"],
  ["the platform knows no business", "platform/rpc/src/server.ts", "@gantry/gen/proto/gantry/order/v1/events_pb"],
  ["the platform knows no business", "platform/http/src/host.ts", "@gantry/gen/policy/policy"],
  ["test tools stay in tests", "services/order/src/compose.ts", "@gantry/testing"],
  ["the domain is pure", "services/order/src/domain/order.ts", "node:crypto"],
  ["the domain is pure", "services/order/src/domain/order.ts", "../app/ports.ts"],
  ["the domain is pure", "services/order/src/domain/order.ts", "zod"],
  ["use cases know ports", "services/order/src/app/pay-order.ts", "../adapters/order-store.postgres.ts"],
  ["use cases know ports", "services/order/src/app/pay-order.ts", "@gantry/gen/openapi/order/types"],
  ["the API calls use cases", "services/order/src/api/order-http.ts", "../adapters/order-store.postgres.ts"],
  ["the API calls use cases", "services/order/src/api/order-http.ts", "@gantry/postgres"],
  ["adapters implement ports", "services/order/src/adapters/order-store.memory.ts", "../app/pay-order.ts"],
  ["adapters implement ports", "services/order/src/adapters/order-store.memory.ts", "../config.ts"],
  ["drivers stay in adapters", "services/order/src/api/order-http.ts", "pg"],
  ["drivers stay in adapters", "services/order/src/compose.ts", "kysely"],
  ["one place builds things", "services/order/src/api/order-http.ts", "tsyringe"],
  ["one place builds things", "platform/rpc/src/server.ts", "tsyringe"],
];

describe("an import that breaks a rule is found", () => {
  test.each(breaches)("%s: %s imports %s", (rule, path, specifier) => {
    expect(broken(path, `\nimport { x } from "${specifier}";\n`)).toContain(`${rule} @ ${path}:2`);
  });

  test("for every rule there is", () => {
    expect(new Set(breaches.map(([rule]) => rule))).toEqual(new Set(importRules.map(({ name }) => name)));
  });

  test.each([
    ["a type", 'import type { X } from "pg";'],
    ["an export from", 'export { x } from "pg";'],
    ["everything", 'export * from "pg";'],
    ["a dynamic import", 'const pg = await import("pg");'],
    ["a side effect", 'import "pg";'],
  ])("also as %s", (_kind, code) => {
    expect(broken("services/order/src/api/order-http.ts", code)).toContain(
      "drivers stay in adapters @ services/order/src/api/order-http.ts:1",
    );
  });

  test("but not in a text or a comment", () => {
    const code = 'const text = "import pg from \'pg\'";\n// import "pg";\n';
    expect(broken("services/order/src/api/order-http.ts", code)).toEqual([]);
  });
});

describe("what the design wants is let through", () => {
  test.each([
    ["services/order/src/domain/order.ts", "@gantry/kernel"],
    ["services/order/src/domain/order.ts", "./transitions.ts"],
    ["services/order/src/app/pay-order.ts", "./ports.ts"],
    ["services/order/src/app/idempotency.ts", "node:crypto"],
    ["services/order/src/api/order-http.ts", "../app/pay-order.ts"],
    ["services/order/src/api/order-http.ts", "@gantry/gen/openapi/order/server"],
    ["services/order/src/adapters/order-store.postgres.ts", "../app/ports.ts"],
    ["services/order/src/adapters/order-store.postgres.ts", "pg"],
    ["services/payment/src/parts-catalog.postgres.ts", "kysely"],
    ["services/order/src/compose.ts", "tsyringe"],
    ["services/order/src/app/pay-order.test.ts", "@gantry/testing"],
    ["services/order/test/order.component.test.ts", "pg"],
    ["services/order/vitest.config.ts", "../../platform/tooling/vitest.postgres.ts"],
    ["gen/vitest.config.ts", "../platform/tooling/vitest.shared.ts"],
    ["gen/openapi/order/server.ts", "@gantry/http/contract"],
    ["platform/rpc/src/health.ts", "@gantry/gen/proto/grpc/health/v1/health_pb"],
    ["platform/rpc/test/server.test.ts", "@gantry/gen/proto/gantry/inventory/v1/part_pb"],
    ["deploy/devstack/src/devstack.ts", "@gantry/testing"],
  ])("%s imports %s", (path, specifier) => {
    expect(broken(path, `import { x } from "${specifier}";`)).toEqual([]);
  });
});

describe("the environment", () => {
  const rule = "the environment is configuration";

  test.each(["process.env.PORT", 'process["env"]', "const { PORT } = process.env"])("is not read by %s", (code) => {
    expect(broken("services/order/src/app/pay-order.ts", code)).toEqual([
      `${rule} @ services/order/src/app/pay-order.ts:1`,
    ]);
  });

  test("is read in config.ts, and set up in tests", () => {
    expect(broken("services/order/src/config.ts", "process.env.PORT")).toEqual([]);
    expect(broken("services/order/test/order.test.ts", "process.env.PORT")).toEqual([]);
  });
});

test("a file that cannot be parsed is not passed over", () => {
  expect(() => broken("services/order/src/main.ts", "const = ;")).toThrow(
    "services/order/src/main.ts cannot be parsed",
  );
});
