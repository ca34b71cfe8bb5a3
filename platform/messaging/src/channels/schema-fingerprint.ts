import { createHash } from "node:crypto";
import { type DescEnum, type DescMessage, toBinary } from "@bufbuild/protobuf";
import { DescriptorProtoSchema, EnumDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";

const LENGTH = 16;

/**
 * A short name of what a message looks like, with everything it is made of: 16 hexadecimal digits, the same in every process
 * that has the same contract. Comments and neighbours in the file do not matter; names, numbers, types and rules do.
 */
export function schemaFingerprint(schema: DescMessage): string {
  const parts = new Map<string, Uint8Array>();
  collect(schema, parts);
  const hash = createHash("sha256");
  for (const [name, bytes] of [...parts].sort(([a], [b]) => (a < b ? -1 : 1))) hash.update(`${name}\n`).update(bytes);
  return hash.digest("hex").slice(0, LENGTH);
}

function collect(desc: DescMessage | DescEnum, parts: Map<string, Uint8Array>): void {
  if (parts.has(desc.typeName)) return;
  if (desc.kind === "enum") {
    parts.set(desc.typeName, toBinary(EnumDescriptorProtoSchema, desc.proto));
    return;
  }
  parts.set(desc.typeName, toBinary(DescriptorProtoSchema, desc.proto));
  for (const field of desc.fields) for (const used of [field.message, field.enum]) if (used) collect(used, parts);
}
