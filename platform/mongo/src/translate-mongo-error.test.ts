import { AppError } from "@gantry/kernel";
import {
  MongoClient,
  MongoInvalidArgumentError,
  MongoNetworkError,
  MongoNetworkTimeoutError,
  MongoOperationTimeoutError,
  MongoServerError,
  MongoWriteConcernError,
} from "mongodb";
import { describe, expect, test } from "vitest";
import { translateMongoError } from "./translate-mongo-error.ts";

const server = (code: number, errorLabels: string[] = []) =>
  new MongoServerError({ message: "text of the driver", code, errorLabels });

describe("translateMongoError", () => {
  test.each([
    ["a duplicate key", server(11000), "already_exists"],
    ["a write conflict", server(112), "conflict"],
    ["an aborted transaction", server(251, ["TransientTransactionError"]), "conflict"],
    ["maxTimeMS", server(50), "timeout"],
    ["the end of an operation's time", new MongoOperationTimeoutError("text of the driver"), "timeout"],
    ["a silent socket", new MongoNetworkTimeoutError("text of the driver"), "timeout"],
    ["a broken socket", new MongoNetworkError("text of the driver"), "unavailable"],
    ["a primary that stepped down", server(10107), "unavailable"],
    ["a shutdown", server(11600), "unavailable"],
    [
      "a write that no majority has yet",
      new MongoWriteConcernError({ ok: 1, writeConcernError: { code: 64, errmsg: "text of the driver" } }),
      "unavailable",
    ],
    ["a command it does not know", server(59), "internal"],
    ["an operation used wrongly", new MongoInvalidArgumentError("text of the driver"), "internal"],
    ["a mistake in our code", new TypeError("text of the driver"), "internal"],
  ])("calls %s %s", (_name, cause, kind) => {
    const error = translateMongoError(cause);
    expect(error).toMatchObject({ kind, cause });
    expect(error.message).not.toContain("driver");
  });

  test("leaves an AppError as it is", () => {
    const error = new AppError({ kind: "not_found", reason: "X", message: "x" });
    expect(translateMongoError(error)).toBe(error);
  });

  test("calls a server that nobody answers at unavailable", async () => {
    const client = new MongoClient("mongodb://127.0.0.1:1/", { serverSelectionTimeoutMS: 50 });
    const cause = await client.connect().catch((error: unknown) => error);
    expect(translateMongoError(cause)).toMatchObject({ kind: "unavailable", cause });
  });
});
