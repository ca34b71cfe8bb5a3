import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import {
  CodeGeneratorRequestSchema,
  type CodeGeneratorResponse,
  CodeGeneratorResponse_Feature,
  CodeGeneratorResponseSchema,
  Edition,
} from "@bufbuild/protobuf/wkt";
import { ContractRefused } from "../refusal/problems.ts";
import { type Plugin, pluginInput } from "./plugin.ts";

/**
 * The main of a plugin process: one CodeGeneratorRequest from stdin, one response to stdout. A refused contract becomes the
 * response's `error`: buf prints it, exits non-zero and writes no file of any plugin.
 */
export async function runPlugin(plugin: Plugin): Promise<void> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk);
  const response = await respond(plugin, Buffer.concat(chunks));
  process.stdout.write(toBinary(CodeGeneratorResponseSchema, response));
}

async function respond(plugin: Plugin, request: Uint8Array): Promise<CodeGeneratorResponse> {
  try {
    const files = await plugin.generate(pluginInput(fromBinary(CodeGeneratorRequestSchema, request), process.cwd()));
    return create(CodeGeneratorResponseSchema, {
      supportedFeatures: BigInt(
        CodeGeneratorResponse_Feature.PROTO3_OPTIONAL | CodeGeneratorResponse_Feature.SUPPORTS_EDITIONS,
      ),
      minimumEdition: Edition.EDITION_PROTO2,
      maximumEdition: Edition.EDITION_2023,
      file: files.map(({ name, content }) => ({ name, content })),
    });
  } catch (error) {
    return create(CodeGeneratorResponseSchema, { error: `${plugin.name}:\n${explain(error)}` });
  }
}

/** A refusal speaks for itself; anything else is a defect of ours and needs its stack. */
function explain(error: unknown): string {
  if (error instanceof ContractRefused) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
