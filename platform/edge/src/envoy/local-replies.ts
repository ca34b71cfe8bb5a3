import { type ReasonName, reasons } from "../refusal/reasons.ts";
import { type LocalAnswer, refusal, refusalAnswer } from "../refusal/refusal.ts";
import type { Json } from "./fill-template.ts";
import { type EnvoyRefusal, refusals } from "./refusals.ts";

type Part = { readonly [name: string]: Json };

/** How the callers of one protocol are told: when it is theirs, and what they get. */
interface Protocol {
  readonly when?: string;
  tell(refused: EnvoyRefusal): Part;
}

/**
 * The mappers of Envoy's `local_reply_config`: every refusal, in every protocol, in the words of the other gateway; then the
 * answers of `/readyz`. The first that matches wins; what none matches keeps Envoy's own text, which names nothing inside.
 */
export const localReplies = (): readonly Json[] => [...refusals.flatMap(mappers), ...readiness];

const cel = (expression: string): Json => ({
  extension_filter: {
    name: "envoy.access_loggers.extension_filters.cel",
    typed_config: {
      "@type": "type.googleapis.com/envoy.extensions.access_loggers.filters.cel.v3.ExpressionFilter",
      expression,
    },
  },
});

const mappers = (refused: EnvoyRefusal): readonly Json[] =>
  protocols.map(({ when, tell }) => ({
    filter: cel(when === undefined ? refused.when : `(${refused.when}) && (${when})`),
    ...tell(refused),
  }));

const contentType = (prefix: string): string => `request.headers["content-type"].startsWith("${prefix}")`;
const isRpc = `xds.route_metadata.filter_metadata["envoy.filters.http.lua"]["rpc"] == true`;

/** A comparison with what is not there is an error, and an error is no match. */
const protocols: readonly Protocol[] = [
  { when: contentType("application/grpc-web"), tell: grpcWeb },
  { when: contentType("application/grpc"), tell: grpc },
  { when: `${isRpc} && ${contentType("application/connect+")}`, tell: connectStream },
  { when: isRpc, tell: (refused) => reply(answerIn("connect", refused)) },
  { tell: (refused) => reply(answerIn("http", refused)) },
];

type InProtocol = Parameters<typeof refusalAnswer>[1];

/** What the other gateway answers. The content type of the request is Envoy's to repeat. */
const answerIn = (protocol: InProtocol, { reason, fields = [] }: EnvoyRefusal): LocalAnswer =>
  refusalAnswer(refusal(reason, ...fields), protocol, { contentType: REQUESTS_OWN, traceId: undefined });

const REQUESTS_OWN = "%REQ(CONTENT-TYPE)%";

const reply = ({ status, fields, body }: LocalAnswer): Part => ({
  status_code: status,
  ...bodyOf(body),
  ...headers(fields),
});

function connectStream(refused: EnvoyRefusal): Part {
  return reply(answerIn("connect-stream", refused));
}

/** Envoy makes an answer without a body of it: the text becomes `grpc-message`. */
function grpc(refused: EnvoyRefusal): Part {
  const { fields } = answerIn("grpc", refused);
  const message = Buffer.from(reasons[refused.reason].message);
  return { ...bodyOf(message), ...headers(without(fields, ["content-type", "grpc-message"])) };
}

/** Envoy drops the content type when there is no body, so the status is in both places where clients look for it. */
function grpcWeb(refused: EnvoyRefusal): Part {
  const { status, fields } = answerIn("grpc", refused);
  return reply({ status, fields, body: trailerFrame(refused.reason) });
}

const TRAILERS = 0x80;

function trailerFrame(reason: ReasonName): Buffer {
  const { grpcStatus, message } = reasons[reason];
  const text = Buffer.from(`grpc-status: ${grpcStatus}\r\ngrpc-message: ${encodeURIComponent(message)}\r\n`);
  const head = Buffer.alloc(5);
  head.writeUInt8(TRAILERS, 0);
  head.writeUInt32BE(text.length, 1);
  return Buffer.concat([head, text]);
}

/** What `/readyz` says. */
const readiness: readonly Json[] = [[200, "ok"] as const, [503, "unavailable"] as const].map(([code, status]) => ({
  filter: cel(`response.code_details.startsWith("health_check_") && response.code == ${code}`),
  body_format_override: { json_format: { status }, content_type: "application/json" },
}));

/** Envoy reads texts as formats, in which a percent sign begins a command. */
const literally = (text: string): string => text.replaceAll("%", "%%");

const bodyOf = (body: Uint8Array): Part => ({
  body_format_override: {
    text_format_source: {
      inline_bytes: Buffer.from(literally(Buffer.from(body).toString("latin1")), "latin1").toString("base64"),
    },
  },
});

/** @param fields names and values in turn */
function headers(fields: readonly string[]): Part {
  const pairs = ["cache-control", "no-store", "vary", "origin", ...fields].flatMap((key, n, all) =>
    n % 2 === 0 ? [[key, all[n + 1] ?? ""] as const] : [],
  );
  return {
    headers_to_add: pairs.map(([key, value]) => ({
      header: { key, value: value === REQUESTS_OWN ? value : literally(value) },
      append_action: "OVERWRITE_IF_EXISTS_OR_ADD",
    })),
  };
}

const without = (fields: readonly string[], names: readonly string[]): readonly string[] =>
  fields.filter((_, n) => !names.includes(fields[n - (n % 2)] ?? ""));
