import { fileURLToPath } from "node:url";
import { Client, credentials, Metadata, type MethodDefinition, type ServiceError } from "@grpc/grpc-js";
import { loadFileDescriptorSetFromBuffer, loadSync, type PackageDefinition } from "@grpc/proto-loader";

/** A peer that shares no code with us: grpc-js, and contracts read by protobufjs. Its messages are plain objects. */
export class GrpcPeer implements Disposable {
  readonly #client: Client;

  constructor(url: string) {
    this.#client = new Client(new URL(url).host, credentials.createInsecure());
  }

  [Symbol.dispose](): void {
    this.#client.close();
  }

  call(
    method: MethodDefinition<object, object>,
    request: object,
    headers: Record<string, string> = {},
  ): Promise<object> {
    const metadata = new Metadata();
    for (const [name, value] of Object.entries(headers)) metadata.set(name, value);
    const { path, requestSerialize, responseDeserialize } = method;
    return new Promise((resolve, reject) => {
      const done = (error: ServiceError | null, answer?: object): void =>
        error === null && answer !== undefined ? resolve(answer) : reject(error ?? new Error("no answer"));
      this.#client.makeUnaryRequest(path, requestSerialize, responseDeserialize, request, metadata, done);
    });
  }

  async stream(method: MethodDefinition<object, object>, request: object): Promise<object[]> {
    const { path, requestSerialize, responseDeserialize } = method;
    const answers: object[] = [];
    for await (const answer of this.#client.makeServerStreamRequest(
      path,
      requestSerialize,
      responseDeserialize,
      request,
    )) {
      answers.push(answer);
    }
    return answers;
  }

  /** Asks one question of the reflection service. */
  async reflect(question: object): Promise<object> {
    const { path, requestSerialize, responseDeserialize } = methodOf(
      reflection,
      "grpc.reflection.v1.ServerReflection",
      "ServerReflectionInfo",
    );
    const stream = this.#client.makeBidiStreamRequest(path, requestSerialize, responseDeserialize);
    stream.write(question);
    stream.end();
    for await (const answer of stream) return answer;
    throw new Error("reflection gave no answer");
  }
}

const reflection = loadSync(
  fileURLToPath(new URL("../../../contracts/vendor/grpc/reflection/v1/reflection.proto", import.meta.url)),
);

/** The contract that a reflection answer describes. */
export function contractOf(answer: object): PackageDefinition {
  const files = field(field(answer, "fileDescriptorResponse"), "fileDescriptorProto");
  if (!Array.isArray(files)) throw new Error(`no files in ${JSON.stringify(answer)}`);
  const set = Buffer.concat(files.map((file: Uint8Array) => Buffer.concat([lengthDelimited(file.length), file])));
  return loadFileDescriptorSetFromBuffer(set, { keepCase: true });
}

/** The head of one entry of `FileDescriptorSet.file`, which is field 1. */
function lengthDelimited(length: number): Buffer {
  const bytes = [0x0a];
  let rest = length;
  for (; rest > 0x7f; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80);
  return Buffer.from([...bytes, rest]);
}

export function methodOf(
  contract: PackageDefinition,
  service: string,
  method: string,
): MethodDefinition<object, object> {
  const found = contract[service];
  if (found === undefined || "format" in found) throw new Error(`no service ${service} in ${Object.keys(contract)}`);
  const definition = found[method];
  if (definition === undefined) throw new Error(`${service} has no ${method}`);
  return definition;
}

export function field(of: unknown, name: string): unknown {
  return typeof of === "object" && of !== null ? Object.entries(of).find(([key]) => key === name)?.[1] : undefined;
}
