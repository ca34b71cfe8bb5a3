import { expect, test } from "vitest";
import { defineConfig, redisSettings } from "../src/index.ts";

const config = defineConfig("iam", redisSettings());

test.each([
  "redis://127.0.0.1:6379",
  "redis://:p%40ss@127.0.0.1",
  "rediss://iam:p%25@redis.internal:6380/15",
  "redis://[::1]:6379/0",
  "redis://127.0.0.1/",
])("reads %s as the address of Redis", (address) => {
  expect(config.load({ REDIS_URL: address })).toEqual({ redisUrl: address });
});

test("does without Redis", () => {
  expect(config.load({})).toEqual({ redisUrl: undefined });
});

test.each([
  "127.0.0.1:6379",
  "http://127.0.0.1",
  "redis://",
  "redis://:hunter2%@host",
  "redis://:hunter2@host/sessions",
  "redis://:hunter2/x@host",
])("refuses %s as the address of Redis, and does not repeat the password", (address) => {
  const load = () => config.load({ REDIS_URL: address });
  expect(load).toThrow("REDIS_URL");
  expect(load).toThrow(expect.not.stringContaining("hunter2"));
});
