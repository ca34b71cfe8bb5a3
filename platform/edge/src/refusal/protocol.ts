import type { KnownFields } from "../request/request-head.ts";

/** The ways of telling an error. */
export type Protocol = "http" | "connect" | "connect-stream" | "grpc";

/**
 * In which protocol a client expects errors. gRPC-Web takes gRPC's headers without a body ("trailers-only").
 * @param kind of the route; undefined when none was found
 */
export function protocolOf(kind: "rpc" | "http" | "transcoded" | undefined, known: KnownFields): Protocol {
  const type = known["content-type"]?.toLowerCase() ?? "";
  if (kind === "http") return "http";
  if (type.startsWith("application/grpc")) return "grpc";
  if (kind === undefined) return "http"; // Connect's clients take a bare 404 for "unimplemented"
  return type.startsWith("application/connect+") ? "connect-stream" : "connect";
}

/** Whether trailers of this request's answer can tell an error after the headers are gone. */
export const tellsInTrailers = (known: KnownFields): boolean =>
  /^application\/grpc(?:\+|;|$)/i.test(known["content-type"] ?? "");
