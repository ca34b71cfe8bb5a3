import { setTimeout as delay } from "node:timers/promises";
import { create, type Message } from "@bufbuild/protobuf";
import type { GenMessage } from "@bufbuild/protobuf/codegenv2";
import { anyUnpack } from "@bufbuild/protobuf/wkt";
import { type Client, createClient, type Transport } from "@connectrpc/connect";
import {
  type ClientCompatRequest,
  type ClientResponseResult,
  type ConformanceService,
  type Payload,
  type Protos,
  suite,
} from "./protos.ts";
import { appendHeaders, toHeaders } from "./wire.ts";
import { originalOf, toWireError } from "./wire-error.ts";

const PAYLOAD = "connectrpc.conformance.v1.ConformancePayload";
/** After an abort, until the request is closed: the peer shall see the abort first, in milliseconds. */
const ABORT_MS = 200;

/** Makes one call as the runner describes it, and says what came of it. */
export async function makeCall(
  protos: Protos,
  transport: Transport,
  request: ClientCompatRequest,
): Promise<ClientResponseResult> {
  const call = new ConformanceCall(protos, request);
  try {
    await call.run(createClient(protos.service, transport));
  } catch (error) {
    call.fail(error);
  }
  return call.result;
}

class ConformanceCall {
  readonly result: ClientResponseResult;
  readonly #protos: Protos;
  readonly #request: ClientCompatRequest;
  readonly #abort = new AbortController();
  readonly #options;
  #answered: (() => void) | undefined;

  constructor(protos: Protos, request: ClientCompatRequest) {
    const headers = new Headers();
    appendHeaders(headers, request.requestHeaders);
    this.#protos = protos;
    this.#request = request;
    this.result = create(protos.message<ClientResponseResult>("connectrpc.conformance.v1.ClientResponseResult"));
    this.#options = {
      headers,
      signal: this.#abort.signal,
      onHeader: (received: Headers): void => {
        this.result.responseHeaders = toHeaders(protos, received);
      },
      onTrailer: (received: Headers): void => {
        this.result.responseTrailers = toHeaders(protos, received);
      },
      ...(request.timeoutMs === undefined ? {} : { timeoutMs: request.timeoutMs }),
    };
  }

  async run(client: Client<ConformanceService>): Promise<void> {
    const { unary, idempotentUnary, clientStream, serverStream, bidiStream } = this.#protos.service.method;
    switch (this.#request.method) {
      case "Unary":
        return this.#one(client.unary(this.#first(unary.input), this.#options));
      case "IdempotentUnary":
        return this.#one(client.idempotentUnary(this.#first(idempotentUnary.input), this.#options));
      case "ClientStream":
        return this.#take(await client.clientStream(this.#send(clientStream.input), this.#options));
      case "ServerStream":
        return this.#many(client.serverStream(this.#first(serverStream.input), this.#options));
      case "BidiStream":
        return this.#many(client.bidiStream(this.#send(bidiStream.input), this.#options));
      default:
        await client.unimplemented({}, this.#options);
    }
  }

  fail(error: unknown): void {
    const original = originalOf(error);
    this.result.error = toWireError(this.#protos, error, original);
    // of a failed call, headers and trailers may only be had merged, as the error's metadata
    const metadata = toHeaders(this.#protos, original.metadata);
    if (this.result.responseHeaders.length === 0) this.result.responseHeaders = metadata;
    if (this.result.responseTrailers.length === 0) this.result.responseTrailers = metadata;
    this.#answered?.();
  }

  async #one(answer: Promise<{ payload?: Payload }>): Promise<void> {
    this.#requestClosed();
    this.#take(await answer);
  }

  async #many(answers: AsyncIterable<{ payload?: Payload }>): Promise<void> {
    this.#abortAfter(0);
    if (this.#request.method === "ServerStream") this.#requestClosed();
    for await (const answer of answers) this.#take(answer);
    this.#answered?.();
  }

  #take({ payload }: { payload?: Payload }): void {
    this.result.payloads.push(payload ?? create(this.#protos.message<Payload>(PAYLOAD)));
    this.#answered?.();
    this.#abortAfter(this.result.payloads.length);
  }

  async *#send<T extends Message>(schema: GenMessage<T>): AsyncIterable<T> {
    for (const message of this.#unpack(schema)) {
      await delay(this.#request.requestDelayMs);
      const answered = Promise.withResolvers<void>();
      this.#answered = answered.resolve;
      yield message;
      if (this.#request.streamType === suite.fullDuplex) await answered.promise;
    }
    this.#requestClosed();
    if (this.#abort.signal.aborted) await delay(ABORT_MS);
  }

  /** The last message is out. */
  #requestClosed(): void {
    const timing = this.#request.cancel?.cancelTiming;
    if (timing?.case === "beforeCloseSend") this.#abort.abort();
    if (timing?.case === "afterCloseSendMs") setTimeout(() => this.#abort.abort(), timing.value);
  }

  #abortAfter(answers: number): void {
    const timing = this.#request.cancel?.cancelTiming;
    if (timing?.case === "afterNumResponses" && answers >= timing.value) this.#abort.abort();
  }

  #first<T extends Message>(schema: GenMessage<T>): T {
    const [first] = this.#unpack(schema);
    if (first === undefined) throw new Error(`${this.#request.testName} has no request`);
    return first;
  }

  #unpack<T extends Message>(schema: GenMessage<T>): T[] {
    return this.#request.requestMessages.map((any) => {
      const message = anyUnpack(any, schema);
      if (message === undefined) throw new Error(`expected ${schema.typeName}, got ${any.typeUrl}`);
      return message;
    });
  }
}
