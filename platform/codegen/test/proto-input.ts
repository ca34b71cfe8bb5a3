import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { create, fromBinary } from "@bufbuild/protobuf";
import { CodeGeneratorRequestSchema, FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { type OutputFile, type Plugin, pluginInput } from "../src/plugin/plugin.ts";
import { bufWorkspace, run, tempFolder } from "./workspace.ts";

/** Runs a plugin on protos (by path below `proto`) and a document, without buf in between. */
export async function runPluginOn(
  plugin: Plugin,
  protos: Readonly<Record<string, string>>,
  document?: string,
): Promise<readonly OutputFile[]> {
  await using folder = await tempFolder();
  const contracts = Object.fromEntries(Object.entries(protos).map(([name, text]) => [`proto/${name}`, text]));
  await bufWorkspace(folder.path, { ...contracts, ...(document !== undefined && { "toys.openapi.yaml": document }) });
  const { code, stderr } = await run("buf", ["build", "-o", "image.binpb"], folder.path);
  if (code !== 0) throw new Error(stderr);
  const image = fromBinary(FileDescriptorSetSchema, await readFile(join(folder.path, "image.binpb")));
  const request = create(CodeGeneratorRequestSchema, {
    protoFile: image.file,
    fileToGenerate: image.file.map(({ name }) => name),
    parameter: `protos=${join(folder.path, "contracts/proto")},document=${join(folder.path, "contracts/toys.openapi.yaml")}`,
  });
  return await plugin.generate(pluginInput(request));
}

/** The refusals of a plugin, one a line, without the folder in front of the file. */
export async function refusalsOf(...args: Parameters<typeof runPluginOn>): Promise<readonly string[]> {
  const outcome = await runPluginOn(...args).catch((error: unknown) => error);
  if (!(outcome instanceof Error)) throw new Error("nothing was refused");
  return outcome.message.split("\n").map((line) => line.replace(/^.*?\/contracts\/(?:proto\/)?/, ""));
}
