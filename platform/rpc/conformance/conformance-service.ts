import { setTimeout as delay } from "node:timers/promises";
import { create, type DescMessage, type Message } from "@bufbuild/protobuf";
import { anyPack } from "@bufbuild/protobuf/wkt";
import { ConnectError, type HandlerContext, type ServiceImpl } from "@connectrpc/connect";
import { exposeError } from "@gantry/rpc";
import type {
  BidiStreamRequest,
  ClientStreamRequest,
  ConformanceService,
  Protos,
  RequestInfo,
  StreamDefinition,
  UnaryDefinition,
  WireError,
} from "./protos.ts";
import { appendHeaders, toHeaders } from "./wire.ts";

/** The service that the suite calls: it answers as each request tells it to, and says what it saw. One method it must lack. */
export function conformanceService(protos: Protos): Partial<ServiceImpl<ConformanceService>> {
  const infoSchema = protos.message<RequestInfo>("connectrpc.conformance.v1.ConformancePayload.RequestInfo");

  const infoOf = (context: HandlerContext, schema: DescMessage, requests: readonly Message[]): RequestInfo => {
    const timeoutMs = context.timeoutMs();
    const query = context.requestMethod === "GET" ? new URL(context.url).searchParams : undefined;
    return create(infoSchema, {
      requestHeaders: toHeaders(protos, context.requestHeader),
      requests: requests.map((request) => anyPack(schema, request)),
      ...(timeoutMs === undefined ? {} : { timeoutMs: BigInt(Math.round(timeoutMs)) }),
      ...(query === undefined ? {} : { connectGetInfo: { queryParams: toHeaders(protos, query) } }),
    });
  };

  const errorOf = ({ message = "", code, details }: WireError, info?: RequestInfo): ConnectError => {
    const error = new ConnectError(message, code);
    error.details = details.map(({ typeUrl, value }) => ({ type: typeUrl.slice(typeUrl.lastIndexOf("/") + 1), value }));
    if (info !== undefined) error.details.push({ desc: infoSchema, value: info });
    return exposeError(error);
  };

  const announce = (context: HandlerContext, definition: UnaryDefinition | StreamDefinition | undefined): void => {
    appendHeaders(context.responseHeader, definition?.responseHeaders);
    appendHeaders(context.responseTrailer, definition?.responseTrailers);
  };

  const answerOnce = async (context: HandlerContext, definition: UnaryDefinition | undefined, info: RequestInfo) => {
    announce(context, definition);
    await pause(definition?.responseDelayMs, context);
    const outcome = definition?.response;
    if (outcome?.case === "error") throw errorOf(outcome.value, info);
    return { payload: { requestInfo: info, ...(outcome?.case === "responseData" ? { data: outcome.value } : {}) } };
  };

  async function* answerMany(
    context: HandlerContext,
    definition: StreamDefinition | undefined,
    info: RequestInfo,
    from = 0,
  ) {
    const data = definition?.responseData ?? [];
    for (const [index, each] of data.entries()) {
      if (index < from) continue;
      await pause(definition?.responseDelayMs, context);
      yield { payload: { data: each, ...(index === 0 ? { requestInfo: info } : {}) } };
    }
    if (definition?.error !== undefined) throw errorOf(definition.error, data.length === 0 ? info : undefined);
  }

  const { unary, idempotentUnary, clientStream, serverStream, bidiStream } = protos.service.method;
  return {
    unary: (request, context) =>
      answerOnce(context, request.responseDefinition, infoOf(context, unary.input, [request])),
    idempotentUnary: (request, context) =>
      answerOnce(context, request.responseDefinition, infoOf(context, idempotentUnary.input, [request])),
    async clientStream(requests, context) {
      const seen: ClientStreamRequest[] = [];
      for await (const request of requests) seen.push(request);
      return answerOnce(context, seen[0]?.responseDefinition, infoOf(context, clientStream.input, seen));
    },
    async *serverStream(request, context) {
      announce(context, request.responseDefinition);
      yield* answerMany(context, request.responseDefinition, infoOf(context, serverStream.input, [request]));
    },
    async *bidiStream(requests, context) {
      let first: BidiStreamRequest | undefined;
      let seen: BidiStreamRequest[] = [];
      let sent = 0;
      for await (const request of requests) {
        if (first === undefined) announce(context, request.responseDefinition);
        first ??= request;
        seen.push(request);
        if (!first.fullDuplex) continue;
        const data = first.responseDefinition?.responseData[sent];
        if (data === undefined) break; // nothing left to answer with: the peer waits for the end
        await pause(first.responseDefinition?.responseDelayMs, context);
        yield { payload: { data, requestInfo: infoOf(context, bidiStream.input, seen) } };
        sent++;
        seen = [];
      }
      yield* answerMany(context, first?.responseDefinition, infoOf(context, bidiStream.input, seen), sent);
    },
  };
}

async function pause(ms: number | undefined, context: HandlerContext): Promise<void> {
  if (ms) await delay(ms, undefined, { signal: context.signal });
}
