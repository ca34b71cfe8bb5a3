import { readdirSync, readFileSync } from "node:fs";
import { ConnectError } from "@connectrpc/connect";
import { errorFromJson, errorToJson } from "@connectrpc/connect/protocol-connect";
import { ErrorInfoSchema } from "@gantry/gen/proto/google/rpc/error_details_pb";
import { statusTable } from "@gantry/kernel";
import { describe, expect, test } from "vitest";
import { INVALID_REQUEST, toConnectError, translateRpcError } from "../src/index.ts";

const folder = new URL("../../../contracts/testdata/errors/rpc/", import.meta.url);
const names = readdirSync(folder).map((file) => file.replace(".json", ""));

/** An error as it is on the wire, from the contract's test data. */
function wireError(name: string): { json: { code: string; message: string; details: unknown[] }; error: ConnectError } {
  const { connect } = JSON.parse(readFileSync(new URL(`${name}.json`, folder), "utf8"));
  const error = errorFromJson(connect, undefined, new ConnectError("not an error"));
  return { json: connect, error };
}

describe.each(names)("the error %s of the contract's test data", (name) => {
  test("is understood", () => {
    const { error } = wireError(name);
    const translated = translateRpcError(error);
    expect(translated.reason).toBe(name);
    expect(statusTable[translated.kind].rpcCode).toBe(error.code);
    expect(translated.violations.length > 0).toBe(name === INVALID_REQUEST);
  });

  // violations are taken over as kernel violations, and go out in another detail
  test.skipIf(name === INVALID_REQUEST)("is what a server makes of the same error", () => {
    const { json, error } = wireError(name);
    const domain = error.findDetails(ErrorInfoSchema)[0]?.domain ?? "";
    const sent = errorToJson(toConnectError(translateRpcError(error), domain), undefined);
    expect(sent).toMatchObject({ code: json.code, message: json.message });
    expect(sent).toMatchObject({ details: json.details });
  });
});

test("there is test data", () => {
  expect(names).toContain(INVALID_REQUEST);
});
