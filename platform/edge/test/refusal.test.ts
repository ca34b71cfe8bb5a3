import { fromBinary } from "@bufbuild/protobuf";
import { anyUnpack } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError } from "@connectrpc/connect";
import { codeToString, errorFromJson } from "@connectrpc/connect/protocol-connect";
import { ErrorInfoSchema } from "@gantry/gen/proto/google/rpc/error_details_pb";
import { StatusSchema } from "@gantry/gen/proto/google/rpc/status_pb";
import { describe, expect, test } from "vitest";
import { protocolOf } from "../src/refusal/protocol.ts";
import { type ReasonName, reasons } from "../src/refusal/reasons.ts";
import { refusal, refusalAnswer } from "../src/refusal/refusal.ts";
import { fieldOf } from "../src/request/response-fields.ts";

const request = (contentType?: string) => ({ contentType, traceId: "0af7651916cd43dd8448eb211c80319c" });
const fallback = new ConnectError("no Connect error", Code.Unknown);

describe("a client is told in its own protocol", () => {
  test.each([
    ["http", "application/json", "http"],
    ["http", "application/grpc", "http"],
    ["rpc", "application/json", "connect"],
    ["rpc", "application/proto", "connect"],
    ["rpc", undefined, "connect"],
    ["rpc", "application/connect+json", "connect-stream"],
    ["rpc", "application/grpc", "grpc"],
    ["rpc", "Application/GRPC+proto", "grpc"],
    ["rpc", "application/grpc-web+proto", "grpc"],
    [undefined, "application/grpc", "grpc"],
    [undefined, "application/connect+json", "http"],
    [undefined, undefined, "http"],
  ] as const)("%s route, %s: %s", (kind, type, expected) => {
    expect(protocolOf(kind, type === undefined ? {} : { "content-type": type })).toBe(expected);
  });
});

test("a problem document says what every problem of the system says", () => {
  const { status, fields, body } = refusalAnswer(refusal("RATE_LIMITED", "retry-after", "3"), "http", request());
  expect(status).toBe(429);
  expect(fields).toEqual(["content-type", "application/problem+json", "retry-after", "3"]);
  expect(JSON.parse(String(body))).toEqual({
    type: "urn:gantry:gateway:rate-limited",
    title: "Too Many Requests",
    status: 429,
    code: "RATE_LIMITED",
    message: reasons.RATE_LIMITED.message,
    trace_id: "0af7651916cd43dd8448eb211c80319c",
  });
});

test("a 401 says how to log in", () => {
  for (const protocol of ["http", "connect"] as const) {
    const { fields } = refusalAnswer(refusal("SESSION_MISSING"), protocol, request());
    expect(fieldOf(fields, "www-authenticate")).toBe("Bearer");
  }
});

const names = Object.keys(reasons) as ReasonName[];

test.each(names)("Connect's own client reads %s", (name) => {
  const { fields, body } = refusalAnswer(refusal(name), "connect", request());
  const error = errorFromJson(JSON.parse(String(body)), undefined, fallback);
  expect(codeToString(error.code)).toBe(reasons[name].code);
  expect(error.code).toBe(reasons[name].grpcStatus);
  expect(error.findDetails(ErrorInfoSchema)).toMatchObject([{ reason: name, domain: "gateway" }]);
  expect(fieldOf(fields, "content-type")).toBe("application/json");
});

test("a Connect stream ends with an envelope that holds the error", () => {
  const { status, body } = refusalAnswer(
    refusal("SESSION_INVALID"),
    "connect-stream",
    request("application/connect+proto"),
  );
  expect(status).toBe(200);
  expect(body[0]).toBe(2);
  expect(Buffer.from(body).readUInt32BE(1)).toBe(body.length - 5);
  expect(JSON.parse(String(body.subarray(5)))).toMatchObject({ error: { code: "unauthenticated" } });
});

test("gRPC gets number, text and details in one block of headers", () => {
  const { status, fields, body } = refusalAnswer(
    refusal("SESSION_CHECK_UNAVAILABLE"),
    "grpc",
    request("application/grpc-web"),
  );
  expect([status, body.length]).toEqual([200, 0]);
  expect(fieldOf(fields, "content-type")).toBe("application/grpc-web");
  expect(fieldOf(fields, "grpc-status")).toBe("14");
  expect(fieldOf(fields, "retry-after")).toBe("1");
  const told = fromBinary(StatusSchema, Buffer.from(fieldOf(fields, "grpc-status-details-bin") ?? "", "base64"));
  expect(told.details.map((any) => anyUnpack(any, ErrorInfoSchema)?.reason)).toEqual(["SESSION_CHECK_UNAVAILABLE"]);
});

test("gRPC gets no details of what does not exist, as of any server", () => {
  const { fields } = refusalAnswer(refusal("ROUTE_NOT_FOUND"), "grpc", request("application/grpc"));
  expect(fieldOf(fields, "grpc-status")).toBe("12");
  expect(fieldOf(fields, "grpc-status-details-bin")).toBeUndefined();
});
