import { type Field, fieldOf } from "../fixture/fields.ts";
import { type Answer, type AskOptions, header, jsonOf } from "./ask.ts";
import type { HttpVersion } from "./call.ts";
import { envelope, framesOf } from "./envelopes.ts";

/** A way to call an operation, and to read how it was refused. */
export interface Protocol {
  readonly name: string;
  readonly version: HttpVersion;
  /** A sound request for an operation that needs a session. */
  protectedCall(fields: readonly Field[]): AskOptions;
  /** And for one that does not. */
  publicCall(fields: readonly Field[]): AskOptions;
  /** The Connect name of the error that a client of this protocol sees; `undefined` for none, or a form it cannot read. */
  codeOf(answer: Answer): string | undefined;
}

const WIRE = "/gantry.conformance.v1.WireService";
const names: Readonly<Record<number, string>> = {
  4: "deadline_exceeded",
  5: "not_found",
  8: "resource_exhausted",
  12: "unimplemented",
  14: "unavailable",
  16: "unauthenticated",
};
/** What each code is as a status of HTTP, in problems and in Connect's unary errors. */
const statuses: Readonly<Record<string, readonly number[]>> = {
  unauthenticated: [401],
  unavailable: [503, 502],
  resource_exhausted: [429, 413, 431],
  deadline_exceeded: [504, 408],
  not_found: [404],
  unimplemented: [404, 501],
  invalid_argument: [400],
};
const named = (status: number): string | undefined =>
  Object.entries(statuses).find(([, each]) => each.includes(status))?.[0];
/** How Connect's clients read a stream that is refused without an end of stream (Connect protocol, "HTTP to error code"). */
const streamStatus: Readonly<Record<number, string>> = {
  401: "unauthenticated",
  404: "unimplemented",
  429: "unavailable",
  502: "unavailable",
  503: "unavailable",
  504: "unavailable",
};

const TEXT = "hello";
const BINARY = Buffer.concat([Buffer.from([0x0a, TEXT.length]), Buffer.from(TEXT)]);
const typed = (type: string, fields: readonly Field[]): Field[] => [["content-type", type], ...fields];

const rpc =
  (type: string, body: string | Uint8Array, method: string, extra: readonly Field[] = []) =>
  (version: HttpVersion) =>
  (fields: readonly Field[]): AskOptions => ({
    version,
    method: "POST",
    target: `${WIRE}/${method}`,
    fields: typed(type, [...extra, ...fields]),
    body,
  });

const connect: readonly Field[] = [["connect-protocol-version", "1"]];
const trailers: readonly Field[] = [["te", "trailers"]];

interface Kind {
  readonly name: string;
  readonly versions: readonly HttpVersion[];
  protectedCall(version: HttpVersion): (fields: readonly Field[]) => AskOptions;
  publicCall(version: HttpVersion): (fields: readonly Field[]) => AskOptions;
  codeOf(answer: Answer): string | undefined;
}

const kinds: readonly Kind[] = [
  {
    name: "http",
    versions: ["1.1", "2"],
    protectedCall: (version) => (fields) => ({ version, target: "/conformance/items", fields }),
    publicCall: (version) => (fields) => ({ version, target: "/conformance/catalog", fields }),
    codeOf: problemCode,
  },
  {
    name: "connect json",
    versions: ["1.1", "2"],
    protectedCall: rpc("application/json", JSON.stringify(TEXT), "Say", connect),
    publicCall: rpc("application/json", JSON.stringify(TEXT), "Open", connect),
    codeOf: connectCode,
  },
  {
    name: "connect binary",
    versions: ["1.1", "2"],
    protectedCall: rpc("application/proto", BINARY, "Say", connect),
    publicCall: rpc("application/proto", BINARY, "Open", connect),
    codeOf: connectCode,
  },
  {
    name: "connect get",
    versions: ["1.1", "2"],
    protectedCall: (version) => (fields) => ({
      version,
      target: `${WIRE}/Look?connect=v1&encoding=json&message=%22${TEXT}%22`,
      fields,
    }),
    publicCall: (version) => (fields) => ({ version, target: "/conformance/catalog?connect=v1", fields }),
    codeOf: connectCode,
  },
  {
    name: "connect stream",
    versions: ["1.1", "2"],
    protectedCall: rpc("application/connect+json", envelope(JSON.stringify(TEXT)), "Watch", connect),
    publicCall: rpc("application/json", JSON.stringify(TEXT), "Open", connect),
    codeOf: connectStreamCode,
  },
  {
    name: "grpc",
    versions: ["2"],
    protectedCall: rpc("application/grpc", envelope(BINARY), "Say", trailers),
    publicCall: rpc("application/grpc", envelope(BINARY), "Open", trailers),
    codeOf: grpcCode,
  },
  {
    name: "grpc-web",
    versions: ["1.1", "2"],
    protectedCall: rpc("application/grpc-web+proto", envelope(BINARY), "Say"),
    publicCall: rpc("application/grpc-web+proto", envelope(BINARY), "Open"),
    codeOf: grpcCode,
  },
];

/** All protocols, on each version of HTTP that can carry them. */
export const protocols: readonly Protocol[] = kinds.flatMap((kind) =>
  kind.versions.map((version) => ({
    name: `${kind.name}, HTTP/${version}`,
    version,
    protectedCall: kind.protectedCall(version),
    publicCall: kind.publicCall(version),
    codeOf: kind.codeOf,
  })),
);

function problemCode(answer: Answer): string | undefined {
  const problem = jsonOf(answer);
  const isProblem =
    header(answer, "content-type")?.startsWith("application/problem+json") === true &&
    problem?.status === answer.status &&
    ["type", "title", "code", "message"].every((name) => typeof problem[name] === "string");
  return isProblem ? named(answer.status) : undefined;
}

function connectCode(answer: Answer): string | undefined {
  const { code, message } = jsonOf(answer) ?? {};
  if (header(answer, "content-type")?.startsWith("application/json") !== true || typeof message !== "string") return;
  return typeof code === "string" && statuses[code]?.includes(answer.status) ? code : undefined;
}

function connectStreamCode(answer: Answer): string | undefined {
  if (answer.status !== 200) return streamStatus[answer.status];
  const last = framesOf(answer.bytes).at(-1);
  if (last?.flags !== 2) return;
  const { error } = jsonOf({ text: last.data.toString() }) ?? {};
  const code = typeof error === "object" && error !== null && "code" in error ? error.code : undefined;
  return typeof code === "string" ? code : undefined;
}

function grpcCode(answer: Answer): string | undefined {
  const type = header(answer, "content-type") ?? "";
  if (answer.status !== 200 || !type.startsWith("application/grpc")) return;
  const inBody =
    framesOf(answer.bytes)
      .find(({ flags }) => flags >= 0x80)
      ?.data.toString() ?? "";
  const status =
    header(answer, "grpc-status") ??
    fieldOf(answer.trailers, "grpc-status") ??
    /grpc-status:\s*(\d+)/i.exec(inBody)?.[1];
  return status === undefined ? undefined : names[Number(status)];
}
