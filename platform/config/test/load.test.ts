import { AppError } from "@gantry/kernel";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import {
  ConfigError,
  type ConfigOf,
  defineConfig,
  durationMs,
  flag,
  json,
  port,
  postgresUrl,
  setting,
} from "../src/index.ts";

const settings = {
  httpPort: setting({ env: "ORDER_HTTP_PORT", schema: port().default(8080), description: "The port of the API." }),
  opsPort: setting({ env: "ORDER_OPS_PORT", schema: port().default(0), description: "The port of the probes." }),
  databaseUrl: setting({
    env: "ORDER_POSTGRES_URL",
    schema: postgresUrl(),
    description: "The database.",
    secret: true,
  }),
  sweepMs: setting({ env: "ORDER_SWEEP_MS", schema: durationMs({ min: 10, max: 60_000 }), description: "The pace." }),
  strict: setting({ env: "ORDER_STRICT", schema: flag().optional(), description: "Whether answers are checked." }),
  limits: setting({
    env: "ORDER_LIMITS",
    schema: json(z.strictObject({ body: z.strictObject({ bytes: z.number("must be a number") }) })).optional(),
    description: "The limits.",
  }),
};
const config = defineConfig("order", settings);
const good = { ORDER_POSTGRES_URL: "postgres://u:p@h/db", ORDER_SWEEP_MS: "1000" };

const failure = (env: Record<string, string | undefined>): ConfigError => {
  try {
    config.load(env);
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error("the configuration was accepted");
};

const problems = (env: Record<string, string | undefined>): Record<string, string> =>
  Object.fromEntries(failure(env).problems.map(({ env: name, problem }) => [name, problem]));

describe("a good environment", () => {
  test("becomes values of their types", () => {
    const loaded: ConfigOf<typeof settings> = config.load({ ...good, ORDER_HTTP_PORT: "0", ORDER_STRICT: "false" });
    expect(loaded).toEqual({
      httpPort: 0,
      opsPort: 0,
      databaseUrl: "postgres://u:p@h/db",
      sweepMs: 1000,
      strict: false,
      limits: undefined,
    });
    const pace: number = loaded.sweepMs;
    // @ts-expect-error the type follows from the schema
    const wrong: string = loaded.sweepMs;
    expect(pace).toBe(wrong);
  });

  test("gets defaults where a variable is unset or empty", () => {
    expect(config.load({ ...good, ORDER_HTTP_PORT: "" }).httpPort).toBe(8080);
    expect(config.load({ ...good, ORDER_STRICT: "" }).strict).toBeUndefined();
  });

  test("cannot be changed afterwards, all the way down", () => {
    const loaded = config.load({ ...good, ORDER_LIMITS: '{"body":{"bytes":1}}' });
    expect(Object.isFrozen(loaded)).toBe(true);
    expect(Object.isFrozen(loaded.limits?.body)).toBe(true);
  });

  test("may hold whatever else there is", () => {
    const others = {
      PATH: "/bin",
      ORDER_SERVICE_HOST: "10.0.0.1",
      ORDER_PORT: "tcp://10.0.0.1:80",
      PAYMENT_HTTP_PORT: "1",
    };
    expect(config.load({ ...good, ...others })).toMatchObject({ httpPort: 8080 });
  });
});

describe("a bad environment", () => {
  test("is told completely, at once", () => {
    expect(problems({ ORDER_HTTP_PORT: "99999", ORDER_STRICT: "yes", ORDER_LIMITS: "{" })).toEqual({
      ORDER_HTTP_PORT: 'is "99999": must be a whole number from 0 to 65535',
      ORDER_POSTGRES_URL: "is not set: must be a URL starting with postgres:// or postgresql://",
      ORDER_SWEEP_MS: "is not set: must be a whole number from 10 to 60000",
      ORDER_STRICT: 'is "yes": must be one of true, false',
      ORDER_LIMITS: 'is "{": must be a JSON document',
    });
  });

  test("is told for people, with what each variable is for", () => {
    expect(failure({ ...good, ORDER_HTTP_PORT: "x", ORDER_SWEEP_MS: "1" }).message).toBe(
      [
        "The configuration of order has 2 problems:",
        '  ORDER_HTTP_PORT is "x": must be a whole number from 0 to 65535',
        "      The port of the API.",
        '  ORDER_SWEEP_MS is "1": must be a whole number from 10 to 60000',
        "      The pace.",
      ].join("\n"),
    );
  });

  test("is an AppError of the caller's making", () => {
    const error = failure({});
    expect(AppError.is(error)).toBe(true);
    expect(error).toMatchObject({ kind: "invalid_argument", reason: "CONFIG_INVALID" });
  });

  test("is told without the values of secrets", () => {
    const error = failure({ ...good, ORDER_POSTGRES_URL: "mysql://u:c4n4ry@h/db" });
    expect(error.problems[0]?.problem).toMatch(/^is wrong \(secret, not shown\): must be a URL/);
    expect(JSON.stringify(error) + error.message + error.stack).not.toContain("c4n4ry");
  });

  test("is told without long values, which may be a key in the wrong place", () => {
    const key = "c4n4ry".repeat(20);
    expect(problems({ ...good, ORDER_HTTP_PORT: key }).ORDER_HTTP_PORT).toMatch(/^is wrong \(120 characters\)/);
    expect(failure({ ...good, ORDER_HTTP_PORT: key }).message).not.toContain("c4n4ry");
  });

  test("names the place inside a document", () => {
    expect(problems({ ...good, ORDER_LIMITS: '{"body":{"bytes":"x"}}' }).ORDER_LIMITS).toContain(
      "body.bytes: must be a number",
    );
  });

  test("cannot break the message out of its line", () => {
    expect(problems({ ...good, ORDER_HTTP_PORT: "1\n  FAKE is fine" }).ORDER_HTTP_PORT).not.toContain("\n");
  });
});

describe("a slip of the pen", () => {
  test.each([
    ["ORDER_HTP_PORT", "ORDER_HTTP_PORT"],
    ["ORDER_HTTP_PROT", "ORDER_HTTP_PORT"],
    ["ORDER_HTTPS_PORT", "ORDER_HTTP_PORT"],
    ["ORDER_STRIKT", "ORDER_STRICT"],
  ])("%s is reported as %s", (slip, meant) => {
    expect(problems({ ...good, [slip]: "1" })).toEqual({
      [slip]: `is not a setting of order: did you mean ${meant}?`,
    });
  });

  test("is not suspected when the variable itself is set", () => {
    expect(config.load({ ...good, ORDER_HTTP_PORT: "1", ORDER_HTTPS_PORT: "2" })).toMatchObject({ httpPort: 1 });
  });

  test("is only looked for among the service's own variables", () => {
    expect(config.load({ ...good, ORDERS_HTTP_PORT: "1" })).toMatchObject({ httpPort: 8080 });
  });

  test("is found in time however long a foreign name is", () => {
    const started = performance.now();
    config.load({ ...good, [`ORDER_${"X".repeat(1_000_000)}`]: "1" });
    expect(performance.now() - started).toBeLessThan(5000);
  });
});

describe("a declaration is refused", () => {
  const invalid = expect.objectContaining({ kind: "internal", reason: "SETTING_INVALID" });

  test("when two settings read one variable", () => {
    const twice = { a: settings.httpPort, b: settings.httpPort };
    expect(() => defineConfig("order", twice)).toThrow(invalid);
  });

  test.each(["", "order_port", "1PORT", "ORDER PORT", "ORDER-PORT"])("when the variable is called %j", (env) => {
    expect(() => setting({ env, schema: port(), description: "x" })).toThrow(invalid);
  });
});
