import { create, toBinary } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { AppError, statusTable } from "@gantry/kernel";
import { type Protos, toAny, type WireError } from "./protos.ts";

/** Codes that several kinds of our own stand for, or none. */
const ambiguous: ReadonlySet<Code> = new Set([Code.Unknown, Code.OutOfRange, Code.DataLoss]);

/** The error as the wire had it: our own is a translation, and keeps the original as its cause. */
export function originalOf(error: unknown): ConnectError {
  if (AppError.is(error) && error.cause instanceof ConnectError) return error.cause;
  if (AppError.is(error)) return new ConnectError(error.message, statusTable[error.kind].rpcCode);
  throw error;
}

/** What to tell the runner. The code is that of the translation, so that a wrong translation fails the suite. */
export function toWireError(protos: Protos, error: unknown, original: ConnectError): WireError {
  const translated =
    AppError.is(error) && !ambiguous.has(original.code) ? statusTable[error.kind].rpcCode : original.code;
  return create(protos.message<WireError>("connectrpc.conformance.v1.Error"), {
    code: translated,
    message: original.rawMessage,
    details: original.details.map((detail) =>
      "desc" in detail
        ? toAny(detail.desc.typeName, toBinary(detail.desc, create(detail.desc, detail.value)))
        : toAny(detail.type, detail.value),
    ),
  });
}
