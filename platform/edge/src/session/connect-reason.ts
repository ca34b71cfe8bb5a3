import { fromBinary } from "@bufbuild/protobuf";
import { ErrorInfoSchema } from "@gantry/gen/proto/google/rpc/error_details_pb";

/** The reason that a Connect error names in its `google.rpc.ErrorInfo`; undefined when it names none, or is none. */
export function connectReason(body: string): string | undefined {
  try {
    const { details } = recordOf(JSON.parse(body));
    const infos = (Array.isArray(details) ? details : []).map(recordOf);
    const value = infos.find(({ type }) => type === ErrorInfoSchema.typeName)?.value;
    return typeof value === "string" ? fromBinary(ErrorInfoSchema, Buffer.from(value, "base64")).reason : undefined;
  } catch {
    return undefined;
  }
}

const recordOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null ? { ...value } : {};
