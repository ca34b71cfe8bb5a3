import { create, toBinary } from "@bufbuild/protobuf";
import { anyPack } from "@bufbuild/protobuf/wkt";
import { ErrorInfoSchema } from "@gantry/gen/proto/google/rpc/error_details_pb";
import { StatusSchema } from "@gantry/gen/proto/google/rpc/status_pb";
import type { Protocol } from "./protocol.ts";
import { type ReasonName, reasons } from "./reasons.ts";

/** Whose reasons these are. */
const DOMAIN = "gateway";
/** Flag of the last envelope of a Connect stream. */
const END_OF_STREAM = 2;
const ENVELOPE_BYTES = 5;
/** gRPC's number for a method that is not there. */
const UNIMPLEMENTED = 12;

/** A whole answer of the gateway itself: header names and values in turn. */
export interface LocalAnswer {
  readonly status: number;
  readonly fields: readonly string[];
  readonly body: Uint8Array;
}

/** Why a request goes no further. */
export interface Refusal {
  readonly reason: ReasonName;
  /** Names and values in turn. */
  readonly fields?: readonly string[];
}

/** When to come again after what will pass soon, in seconds. */
const SOON = ["retry-after", "1"] as const;
const passing: ReadonlySet<ReasonName> = new Set(["SESSION_CHECK_UNAVAILABLE", "UPSTREAM_UNAVAILABLE"]);

/** @param fields of the answer, names and values in turn */
export const refusal = (reason: ReasonName, ...fields: readonly string[]): Refusal => ({
  reason,
  fields: passing.has(reason) ? [...fields, ...SOON] : fields,
});

/** What of the request an answer repeats. */
export interface RefusedRequest {
  readonly contentType: string | undefined;
  readonly traceId: string | undefined;
}

const makers: Readonly<Record<Protocol, (name: ReasonName, request: RefusedRequest) => LocalAnswer>> = {
  http: problem,
  connect: connectError,
  "connect-stream": connectStreamError,
  grpc: grpcError,
};

/** A refusal in the protocol of who is refused. */
export function refusalAnswer(refused: Refusal, protocol: Protocol, request: RefusedRequest): LocalAnswer {
  const { status, fields, body } = makers[protocol](refused.reason, request);
  return { status, fields: [...fields, ...(refused.fields ?? [])], body };
}

/** The trailers that end a gRPC answer that has begun. */
export const refusalTrailers = (name: ReasonName): string[] => {
  const { grpcStatus, message } = reasons[name];
  return ["grpc-status", String(grpcStatus), "grpc-message", encodeURIComponent(message)];
};

function problem(name: ReasonName, { traceId }: RefusedRequest): LocalAnswer {
  const { status, title, message } = reasons[name];
  const type = `urn:gantry:${DOMAIN}:${name.toLowerCase().replaceAll("_", "-")}`;
  return json(status, "application/problem+json", { type, title, status, code: name, message, trace_id: traceId });
}

function connectError(name: ReasonName): LocalAnswer {
  return json(reasons[name].connectStatus, "application/json", connectDocument(name));
}

function connectStreamError(name: ReasonName, { contentType }: RefusedRequest): LocalAnswer {
  const document = Buffer.from(JSON.stringify({ error: connectDocument(name) }));
  const envelope = Buffer.alloc(ENVELOPE_BYTES);
  envelope[0] = END_OF_STREAM;
  envelope.writeUInt32BE(document.length, 1);
  return {
    status: 200,
    fields: ["content-type", contentType ?? "application/connect+json"],
    body: Buffer.concat([envelope, document]),
  };
}

function grpcError(name: ReasonName, { contentType }: RefusedRequest): LocalAnswer {
  const { grpcStatus } = reasons[name];
  // what does not exist is told like every gRPC server tells it
  const details = grpcStatus === UNIMPLEMENTED ? [] : ["grpc-status-details-bin", base64(statusOf(name))];
  const fields = ["content-type", contentType ?? "application/grpc", ...refusalTrailers(name), ...details];
  return { status: 200, fields, body: new Uint8Array() };
}

/** With the same detail as the errors of services, so that clients read all of them alike. */
function connectDocument(name: ReasonName): Readonly<Record<string, unknown>> {
  const { code, message } = reasons[name];
  const detail = { type: ErrorInfoSchema.typeName, value: base64(toBinary(ErrorInfoSchema, errorInfo(name))) };
  return { code, message, details: [detail] };
}

function statusOf(name: ReasonName): Uint8Array {
  const { grpcStatus: code, message } = reasons[name];
  const details = [anyPack(ErrorInfoSchema, errorInfo(name))];
  return toBinary(StatusSchema, create(StatusSchema, { code, message, details }));
}

const errorInfo = (reason: ReasonName) => create(ErrorInfoSchema, { reason, domain: DOMAIN });

/** Without padding, as both specifications ask. */
const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64").replace(/=+$/, "");

/** RFC 9110, 15.5.2: a 401 says how to log in. */
const json = (status: number, type: string, document: unknown): LocalAnswer => ({
  status,
  fields: ["content-type", type, ...(status === 401 ? ["www-authenticate", "Bearer"] : [])],
  body: Buffer.from(JSON.stringify(document)),
});
