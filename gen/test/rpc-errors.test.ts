import { create, fromBinary, fromJson, type Message, toBinary, toJson } from "@bufbuild/protobuf";
import { type Any, anyUnpack } from "@bufbuild/protobuf/wkt";
import { createValidator, violationsToProto } from "@bufbuild/protovalidate";
import { ViolationsSchema } from "@bufbuild/protovalidate/gen/buf/validate/validate_pb.js";
import { ConnectError } from "@connectrpc/connect";
import { errorFromJson, errorToJson } from "@connectrpc/connect/protocol-connect";
import { describe, expect, test } from "vitest";
import { GetPartRequestSchema } from "../proto/gantry/inventory/v1/inventory_service_pb.ts";
import { ErrorInfoSchema } from "../proto/google/rpc/error_details_pb.ts";
import { StatusSchema } from "../proto/google/rpc/status_pb.ts";
import { bytesOf, messageOf, type RpcErrorGolden, registry, testdata } from "./testdata.ts";

const goldens = testdata<RpcErrorGolden>("errors/rpc");

const readAsConnect = ({ connect }: RpcErrorGolden): ConnectError =>
  errorFromJson(
    { code: connect.code, message: connect.message, details: connect.details.map((detail) => ({ ...detail })) },
    undefined,
    new ConnectError("the golden is no Connect error"),
  );

function unpacked(any: Any): Message {
  const message = anyUnpack(any, registry);
  if (message === undefined) throw new Error(`Nothing is known of ${any.typeUrl}.`);
  return message;
}

const outgoing = (any: Any) => {
  const value = unpacked(any);
  return { desc: messageOf(value.$typeName), value };
};

/** Connect's JSON without the `debug` texts, which are for people and may change. */
const asConnectJson = (error: ConnectError): unknown =>
  JSON.parse(JSON.stringify(errorToJson(error, { registry }), (key, value) => (key === "debug" ? undefined : value)));

describe.each(goldens)("$file", ({ file, content: golden }) => {
  const status = fromBinary(StatusSchema, bytesOf(golden.hex));

  test("is named after its reason", () => {
    expect(file).toBe(`errors/rpc/${golden.reason}.json`);
  });

  test("gRPC: the bytes read as the JSON", () => {
    expect(toJson(StatusSchema, status, { registry })).toEqual(golden.status);
  });

  test("gRPC: the JSON writes as the bytes", () => {
    expect(toBinary(StatusSchema, fromJson(StatusSchema, golden.status, { registry }))).toEqual(bytesOf(golden.hex));
  });

  test("Connect: the JSON reads as the same code, message and details", () => {
    const error = readAsConnect(golden);
    expect({ code: error.code, message: error.rawMessage }).toEqual({ code: status.code, message: status.message });
    const details = status.details.map(unpacked);
    expect(details.flatMap(({ $typeName }) => error.findDetails(messageOf($typeName)))).toEqual(details);
  });

  test("Connect: the same code, message and details write as the JSON", () => {
    const error = new ConnectError(status.message, status.code, undefined, status.details.map(outgoing));
    expect(asConnectJson(error)).toEqual(golden.connect);
  });

  test("its reason is in the ErrorInfo, with the service as domain", () => {
    expect(readAsConnect(golden).findDetails(ErrorInfoSchema)).toMatchObject([
      { reason: golden.reason, domain: expect.stringMatching(/^(inventory|payment|iam|cart)$/) },
    ]);
  });
});

test("the violations of INVALID_REQUEST are those that protovalidate finds", () => {
  const golden = goldens.find(({ content }) => content.reason === "INVALID_REQUEST");
  if (golden === undefined) throw new Error("The golden of INVALID_REQUEST is gone.");
  const result = createValidator().validate(GetPartRequestSchema, create(GetPartRequestSchema, { partUuid: "engine" }));
  const [violations] = violationsToProto(result.violations ?? []);
  expect(readAsConnect(golden.content).findDetails(ViolationsSchema)).toEqual([violations]);
  expect(result.error?.message).toBe(golden.content.connect.message);
});
