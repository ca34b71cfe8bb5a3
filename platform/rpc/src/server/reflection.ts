import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { Code, type ServiceImpl } from "@connectrpc/connect";
import {
  type ServerReflection,
  type ServerReflectionRequest,
  ServerReflectionRequestSchema,
  type ServerReflectionResponseSchema,
} from "@gantry/gen/proto/grpc/reflection/v1/reflection_pb";
import type { ReflectionIndex } from "./reflection-index.ts";

type Answer = NonNullable<MessageInitShape<typeof ServerReflectionResponseSchema>["messageResponse"]>;

/**
 * The gRPC server reflection protocol, version 1: a peer learns the contract from the running server.
 * @see https://github.com/grpc/grpc/blob/master/doc/server-reflection.md
 */
export const reflectionService = (index: ReflectionIndex): ServiceImpl<typeof ServerReflection> => ({
  async *serverReflectionInfo(requests) {
    for await (const request of requests) {
      const originalRequest = create(ServerReflectionRequestSchema, request);
      yield { validHost: request.host, originalRequest, messageResponse: answer(index, request) };
    }
  },
});

function answer(index: ReflectionIndex, { messageRequest: asked }: ServerReflectionRequest): Answer {
  switch (asked.case) {
    case "listServices":
      return { case: "listServicesResponse", value: { service: index.services.map((name) => ({ name })) } };
    case "fileByFilename":
      return files(index.file(asked.value), asked.value);
    case "fileContainingSymbol":
      return files(index.fileOfSymbol(asked.value), asked.value);
    case "fileContainingExtension": {
      const { containingType, extensionNumber } = asked.value;
      return files(index.fileOfExtension(containingType, extensionNumber), `${containingType} ${extensionNumber}`);
    }
    case "allExtensionNumbersOfType":
      return extensions(index.extensionNumbers(asked.value), asked.value);
    case undefined:
      return failure(Code.InvalidArgument, "the request asks for nothing");
  }
}

const files = (fileDescriptorProto: Uint8Array[] | undefined, asked: string): Answer =>
  fileDescriptorProto === undefined
    ? notFound(asked)
    : { case: "fileDescriptorResponse", value: { fileDescriptorProto } };

const extensions = (extensionNumber: number[] | undefined, baseTypeName: string): Answer =>
  extensionNumber === undefined
    ? notFound(baseTypeName)
    : { case: "allExtensionNumbersResponse", value: { baseTypeName, extensionNumber } };

const notFound = (asked: string): Answer => failure(Code.NotFound, `not found: ${asked}`);

const failure = (errorCode: Code, errorMessage: string): Answer => ({
  case: "errorResponse",
  value: { errorCode, errorMessage },
});
