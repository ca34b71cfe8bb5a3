import { statusTable } from "@gantry/kernel";
import type { Json } from "./fill-template.ts";
import { type Refusal, refusals } from "./refusals.ts";

type Part = { readonly [name: string]: Json };

/** What a refusal says, for each protocol. */
interface Told extends Refusal {
  readonly status: { readonly code: number; readonly title: string };
  readonly rpcCode: number;
  readonly rpcName: string;
}

/** How the callers of one protocol are told: when it is theirs, and the rest of the mapper. */
interface Protocol {
  readonly when?: string;
  tell(told: Told): Part;
}

/**
 * The mappers of Envoy's `local_reply_config`: every refusal, in every protocol, then the answers of `/readyz`. The first that
 * matches wins; what none matches keeps Envoy's own text, which names nothing inside.
 */
export const localReplies = (): readonly Json[] => [...refusals.map(toldOf).flatMap(mappers), ...readiness()];

const mappers = (told: Told): readonly Json[] =>
  protocols.map(({ when, tell }) => ({
    filter: cel(when === undefined ? told.when : `(${told.when}) && (${when})`),
    ...tell(told),
  }));

const toldOf = (refusal: Refusal): Told => {
  const { httpStatus, title, rpcCode } = statusTable[refusal.kind];
  const code = refusal.reason === "ROUTE_NOT_FOUND" ? UNIMPLEMENTED : rpcCode;
  return {
    ...refusal,
    status: refusal.status ?? { code: httpStatus, title },
    rpcCode: code,
    rpcName: rpcNames[code] ?? "unknown",
  };
};

/** In gRPC and Connect, a method that is not there is not implemented; `not_found` is about things. */
const UNIMPLEMENTED = 12;

/** Names of the codes that refusals use, as Connect writes them. */
const rpcNames: Readonly<Record<number, string>> = {
  3: "invalid_argument",
  4: "deadline_exceeded",
  8: "resource_exhausted",
  12: "unimplemented",
  14: "unavailable",
  16: "unauthenticated",
};

const contentType = (prefix: string): string => `request.headers["content-type"].startsWith("${prefix}")`;

const protocols: readonly Protocol[] = [
  { when: contentType("application/grpc-web"), tell: grpcWeb },
  { when: contentType("application/grpc"), tell: grpc },
  { when: contentType("application/connect+"), tell: connectStream },
  {
    // A comparison with what is not there is an error, which is false; of two alternatives, the other one still counts.
    when: `xds.route_metadata.filter_metadata["envoy.filters.http.lua"]["rpc"] == true || request.headers["connect-protocol-version"] == "1"`,
    tell: connectUnary,
  },
  { tell: problem },
];

/** Envoy makes a trailers-only response of it by itself; the text becomes `grpc-message`. */
function grpc(told: Told): Part {
  return { ...text(told.message), ...headers({ ...told.headers, "grpc-status": String(told.rpcCode) }) };
}

/** Status in the headers, no body. */
function grpcWeb(told: Told): Part {
  const status = { "grpc-status": String(told.rpcCode), "grpc-message": told.message };
  return {
    status_code: 200,
    body: { inline_string: "" },
    body_format_override: { text_format_source: { inline_string: "%LOCAL_REPLY_BODY%" } },
    ...headers({ ...told.headers, ...status, "content-type": "%REQ(CONTENT-TYPE)%" }),
  };
}

/** The end-of-stream message: a flag, its length, JSON. Connect streams say errors in it, with HTTP 200. */
function connectStream(told: Told): Part {
  const json = Buffer.from(JSON.stringify({ error: connectError(told) }));
  const frame = Buffer.alloc(5);
  frame.writeUInt8(END_STREAM, 0);
  frame.writeUInt32BE(json.length, 1);
  return {
    status_code: 200,
    body_format_override: { text_format_source: { inline_bytes: Buffer.concat([frame, json]).toString("base64") } },
    ...headers({ ...told.headers, "content-type": "%REQ(CONTENT-TYPE)%" }),
  };
}

const END_STREAM = 2;

function connectUnary(told: Told): Part {
  return {
    status_code: told.status.code,
    body_format_override: { json_format: connectError(told), content_type: "application/json" },
    ...headers(told.headers ?? {}),
  };
}

const connectError = ({ rpcName, message }: Told): Part => ({ code: rpcName, message });

/** RFC 9457, as the services write it. */
function problem(told: Told): Part {
  const { reason, status, message } = told;
  const type = `urn:gantry:gateway:${reason.toLowerCase().replaceAll("_", "-")}`;
  return {
    status_code: status.code,
    body_format_override: {
      json_format: { type, title: status.title, status: status.code, code: reason, message },
      content_type: "application/problem+json",
    },
    ...headers({ ...(told.kind === "unauthenticated" && { "www-authenticate": "Bearer" }), ...told.headers }),
  };
}

/** What `/readyz` says. */
const readiness = (): readonly Json[] => [ready(200, "ok"), ready(503, "unavailable")];

const ready = (code: number, status: string): Json => ({
  filter: cel(`response.code_details.startsWith("health_check_") && response.code == ${code}`),
  body_format_override: { json_format: { status }, content_type: "application/json" },
});

const text = (inline: string): Part => ({ body_format_override: { text_format_source: { inline_string: inline } } });

const headers = (fields: Readonly<Record<string, string>>): Part => ({
  headers_to_add: Object.entries({ "cache-control": "no-store", ...fields }).map(([key, value]) => ({
    header: { key, value },
    append_action: "OVERWRITE_IF_EXISTS_OR_ADD",
  })),
});

const cel = (expression: string): Json => ({
  extension_filter: {
    name: "envoy.access_loggers.extension_filters.cel",
    typed_config: {
      "@type": "type.googleapis.com/envoy.extensions.access_loggers.filters.cel.v3.ExpressionFilter",
      expression,
    },
  },
});
