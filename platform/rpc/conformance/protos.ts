import { readFileSync } from "node:fs";
import {
  create,
  createFileRegistry,
  type DescMessage,
  type DescService,
  type FileRegistry,
  fromBinary,
  type Message,
} from "@bufbuild/protobuf";
import type { GenMessage, GenService } from "@bufbuild/protobuf/codegenv2";
import { type Any, AnySchema, FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";

/**
 * The messages of the suite, as far as the programs under test use them. The suite's protos come with its runner and are
 * compiled into the tools cache, so there is no generated code to import; {@link loadProtos} checks the names.
 */
type M<Name extends string, Fields> = Message<`connectrpc.conformance.v1.${Name}`> & Fields;

export type Header = M<"Header", { name: string; value: string[] }>;
export type WireError = M<"Error", { code: number; message?: string; details: Any[] }>;
export type RequestInfo = M<
  "ConformancePayload.RequestInfo",
  { requestHeaders: Header[]; timeoutMs?: bigint; requests: Any[] }
>;
export type Payload = M<"ConformancePayload", { data: Uint8Array; requestInfo?: RequestInfo }>;

interface Head {
  responseHeaders: Header[];
  responseTrailers: Header[];
  responseDelayMs: number;
}
type UnaryOutcome =
  | { case: "responseData"; value: Uint8Array }
  | { case: "error"; value: WireError }
  | { case: undefined; value?: undefined };
export type UnaryDefinition = M<"UnaryResponseDefinition", Head & { response: UnaryOutcome }>;
export type StreamDefinition = M<"StreamResponseDefinition", Head & { responseData: Uint8Array[]; error?: WireError }>;

type One<Name extends string> = M<Name, { responseDefinition?: UnaryDefinition }>;
type Answer<Name extends string> = M<Name, { payload?: Payload }>;
export type UnaryRequest = One<"UnaryRequest">;
export type IdempotentUnaryRequest = One<"IdempotentUnaryRequest">;
export type ClientStreamRequest = One<"ClientStreamRequest">;
export type ServerStreamRequest = M<"ServerStreamRequest", { responseDefinition?: StreamDefinition }>;
export type BidiStreamRequest = M<"BidiStreamRequest", { responseDefinition?: StreamDefinition; fullDuplex: boolean }>;

type Rpc<Kind extends string, I extends Message, O extends Message> = {
  methodKind: Kind;
  input: GenMessage<I>;
  output: GenMessage<O>;
};
export type ConformanceService = GenService<{
  unary: Rpc<"unary", UnaryRequest, Answer<"UnaryResponse">>;
  idempotentUnary: Rpc<"unary", IdempotentUnaryRequest, Answer<"IdempotentUnaryResponse">>;
  unimplemented: Rpc<"unary", M<"UnimplementedRequest", unknown>, M<"UnimplementedResponse", unknown>>;
  clientStream: Rpc<"client_streaming", ClientStreamRequest, Answer<"ClientStreamResponse">>;
  serverStream: Rpc<"server_streaming", ServerStreamRequest, Answer<"ServerStreamResponse">>;
  bidiStream: Rpc<"bidi_streaming", BidiStreamRequest, Answer<"BidiStreamResponse">>;
}>;

export type ServerCompatRequest = M<"ServerCompatRequest", { useTls: boolean; messageReceiveLimit: number }>;
export type ServerCompatResponse = M<"ServerCompatResponse", { host: string; port: number }>;

type CancelTiming =
  | { case: "beforeCloseSend" }
  | { case: "afterCloseSendMs"; value: number }
  | { case: "afterNumResponses"; value: number }
  | { case: undefined };
export type ClientCompatRequest = M<
  "ClientCompatRequest",
  {
    testName: string;
    httpVersion: number;
    protocol: number;
    codec: number;
    compression: number;
    host: string;
    port: number;
    messageReceiveLimit: number;
    method?: string;
    streamType: number;
    useGetHttpMethod: boolean;
    requestHeaders: Header[];
    requestMessages: Any[];
    timeoutMs?: number;
    requestDelayMs: number;
    cancel?: M<"ClientCompatRequest.Cancel", { cancelTiming: CancelTiming }>;
  }
>;
export type ClientResponseResult = M<
  "ClientResponseResult",
  { responseHeaders: Header[]; payloads: Payload[]; error?: WireError; responseTrailers: Header[] }
>;
export type ClientErrorResult = M<"ClientErrorResult", { message: string }>;
type ClientOutcome =
  | { case: "response"; value: ClientResponseResult }
  | { case: "error"; value: ClientErrorResult }
  | { case: undefined; value?: undefined };
export type ClientCompatResponse = M<"ClientCompatResponse", { testName: string; result: ClientOutcome }>;

const protocols: Readonly<Record<number, "connect" | "grpc" | "grpc-web">> = { 1: "connect", 2: "grpc", 3: "grpc-web" };

/** The numbers of the suite's enums that decide how a call is made. */
export const suite = {
  http2: 2,
  protocols,
  codecProto: 1,
  compression: { gzip: 2, br: 3 },
  fullDuplex: 5,
} as const;

export interface Protos {
  readonly registry: FileRegistry;
  readonly service: ConformanceService;
  /** @throws Error when the suite has no such message */
  message<T extends Message>(typeName: T["$typeName"]): GenMessage<T>;
}

/** Reads the compiled protos of the suite. */
export function loadProtos(image: string): Protos {
  const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, readFileSync(image)));
  const service = registry.getService("connectrpc.conformance.v1.ConformanceService");
  if (!isConformanceService(service)) throw new Error(`${image} has no ConformanceService`);
  return {
    registry,
    service,
    message<T extends Message>(typeName: T["$typeName"]): GenMessage<T> {
      const found = registry.getMessage(typeName);
      if (!isNamed<T>(found, typeName)) throw new Error(`${image} has no ${typeName}`);
      return found;
    },
  };
}

const isNamed = <T extends Message>(found: DescMessage | undefined, name: T["$typeName"]): found is GenMessage<T> =>
  found?.typeName === name;

const isConformanceService = (found: DescService | undefined): found is ConformanceService =>
  found?.method.bidiStream !== undefined;

export const toAny = (typeName: string, value: Uint8Array): Any =>
  create(AnySchema, { typeUrl: `type.googleapis.com/${typeName}`, value });
