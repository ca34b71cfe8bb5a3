import {
  createRegistry,
  type DescEnum,
  type DescExtension,
  type DescFile,
  type DescMessage,
  type DescService,
  type Registry,
  toBinary,
} from "@bufbuild/protobuf";
import { nestedTypes } from "@bufbuild/protobuf/reflect";
import { FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";

/** All that can be asked about the contracts of some services, imports included. */
export class ReflectionIndex {
  readonly services: readonly string[];
  readonly #files = new Map<string, DescFile>();
  readonly #symbols = new Map<string, DescFile>();
  readonly #registry: Registry;

  constructor(services: Iterable<DescService>) {
    const all = [...services];
    this.services = all.map((service) => service.typeName).sort();
    for (const service of all) this.#add(service.file);
    this.#registry = createRegistry(...this.#files.values());
  }

  /** The named file (`gantry/common/v1/money.proto`) and everything it imports, each as a `FileDescriptorProto`. */
  file(name: string): Uint8Array[] | undefined {
    const file = this.#files.get(name);
    return file && [...closure(file)].map((each) => toBinary(FileDescriptorProtoSchema, each.proto));
  }

  /** The same for the file that declares a service, method, message, field, enum, enum value or extension. */
  fileOfSymbol(symbol: string): Uint8Array[] | undefined {
    const file = this.#symbols.get(symbol);
    return file && this.file(file.proto.name);
  }

  /** The same for the file that declares an extension. */
  fileOfExtension(extendee: string, number: number): Uint8Array[] | undefined {
    const found = this.#extensionsOf(extendee)?.find((extension) => extension.number === number);
    return found && this.file(found.file.proto.name);
  }

  /** The numbers of all known extensions of a message; undefined for an unknown message. */
  extensionNumbers(extendee: string): number[] | undefined {
    return this.#extensionsOf(extendee)
      ?.map((extension) => extension.number)
      .sort((a, b) => a - b);
  }

  #extensionsOf(extendee: string): DescExtension[] | undefined {
    if (this.#registry.getMessage(extendee) === undefined) return undefined;
    return [...this.#registry]
      .filter((type) => type.kind === "extension")
      .filter((extension) => extension.extendee.typeName === extendee);
  }

  #add(root: DescFile): void {
    for (const file of closure(root)) {
      if (this.#files.has(file.proto.name)) continue;
      this.#files.set(file.proto.name, file);
      for (const symbol of symbolsOf(file)) this.#symbols.set(symbol, file);
    }
  }
}

function closure(root: DescFile): Set<DescFile> {
  const files = new Set([root]);
  for (const file of files) for (const imported of file.dependencies) files.add(imported);
  return files;
}

function* symbolsOf(file: DescFile): Iterable<string> {
  for (const type of nestedTypes(file)) {
    yield type.typeName;
    for (const member of membersOf(type)) yield member;
  }
}

function membersOf(type: DescMessage | DescEnum | DescExtension | DescService): string[] {
  switch (type.kind) {
    case "message":
      return type.fields.map((field) => `${type.typeName}.${field.name}`);
    case "service":
      return type.methods.map((method) => `${type.typeName}.${method.name}`);
    case "enum":
      return type.values.map((value) => `${scopeOf(type.typeName)}${value.name}`);
    case "extension":
      return [];
  }
}

/** The values of an enum are siblings of the enum, as in C++. */
const scopeOf = (typeName: string): string => typeName.slice(0, typeName.lastIndexOf(".") + 1);
