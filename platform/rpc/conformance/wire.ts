import type { Readable } from "node:stream";
import { create, fromBinary, type Message, toBinary } from "@bufbuild/protobuf";
import type { GenMessage } from "@bufbuild/protobuf/codegenv2";
import type { Header, Protos } from "./protos.ts";

const PREFIX_BYTES = 4;

/** The runner and the programs under test exchange messages over stdin and stdout, each with its length in front. */
export async function* readMessages<T extends Message>(input: Readable, schema: GenMessage<T>): AsyncIterable<T> {
  let pending = Buffer.alloc(0);
  for await (const chunk of input) {
    pending = Buffer.concat([pending, chunk]);
    for (let frame = firstFrame(pending); frame !== undefined; frame = firstFrame(pending)) {
      yield fromBinary(schema, frame);
      pending = pending.subarray(PREFIX_BYTES + frame.length);
    }
  }
}

function firstFrame(bytes: Buffer): Buffer | undefined {
  if (bytes.length < PREFIX_BYTES) return undefined;
  const end = PREFIX_BYTES + bytes.readUInt32BE(0);
  return bytes.length < end ? undefined : bytes.subarray(PREFIX_BYTES, end);
}

export function writeMessage<T extends Message>(schema: GenMessage<T>, message: T): void {
  const body = toBinary(schema, message);
  const prefix = Buffer.alloc(PREFIX_BYTES);
  prefix.writeUInt32BE(body.length);
  process.stdout.write(Buffer.concat([prefix, body]));
}

/** What a program under test saw, for the runner to compare. */
export function toHeaders(protos: Protos, headers: Iterable<[string, string]>): Header[] {
  const schema = protos.message<Header>("connectrpc.conformance.v1.Header");
  return [...headers].map(([name, values]) => create(schema, { name, value: values.split(/,\s*/) }));
}

export function appendHeaders(to: Headers, headers: readonly Header[] = []): void {
  for (const { name, value } of headers) for (const each of value) to.append(name, each);
}
