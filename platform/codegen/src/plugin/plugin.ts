import { create, createFileRegistry, type DescFile, type FileRegistry } from "@bufbuild/protobuf";
import { type CodeGeneratorRequest, FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { PluginOptions } from "./options.ts";

/** A file to be written below the plugin's `out` folder. */
export interface OutputFile {
  readonly name: string;
  readonly content: string;
}

/** What a plugin works on. */
export interface PluginInput {
  readonly options: PluginOptions;
  /** The folder that paths in the options start from: buf's working directory. */
  readonly root: string;
  /** The files that buf asks code for, in its order. */
  readonly files: readonly DescFile[];
  /** Everything those files import as well; custom options are looked up here. */
  readonly registry: FileRegistry;
}

/** A generator: pure but for reading the contract files that its options name. Returns all files or throws. */
export interface Plugin {
  readonly name: string;
  generate(input: PluginInput): readonly OutputFile[] | Promise<readonly OutputFile[]>;
}

/** Reads buf's request, sent from the folder `root`. @throws Error for an option that is no `name=value`. */
export function pluginInput(request: CodeGeneratorRequest, root: string): PluginInput {
  const registry = createFileRegistry(create(FileDescriptorSetSchema, { file: request.protoFile }));
  const wanted = new Set(request.fileToGenerate);
  return {
    options: PluginOptions.parse(request.parameter),
    root,
    files: [...registry.files].filter((file) => wanted.has(file.proto.name)),
    registry,
  };
}
