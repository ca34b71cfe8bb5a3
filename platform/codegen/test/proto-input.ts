import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { create, fromBinary } from "@bufbuild/protobuf";
import { CodeGeneratorRequestSchema, FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { type OutputFile, type Plugin, pluginInput } from "../src/plugin/plugin.ts";
import { bufWorkspace, run, tempFolder } from "./workspace.ts";

/** Runs a plugin on contracts (by path below `contracts`), in this process. */
export async function runPluginOn(
  plugin: Plugin,
  contracts: Readonly<Record<string, string>>,
): Promise<readonly OutputFile[]> {
  await using folder = await tempFolder();
  await bufWorkspace(folder.path, contracts);
  const { code, stderr } = await run("buf", ["build", "-o", "image.binpb"], folder.path);
  if (code !== 0) throw new Error(stderr);
  const image = fromBinary(FileDescriptorSetSchema, await readFile(join(folder.path, "image.binpb")));
  const request = create(CodeGeneratorRequestSchema, {
    protoFile: image.file,
    fileToGenerate: image.file.map(({ name }) => name),
    parameter: `protos=contracts/proto,document=contracts/${Object.keys(contracts).find((name) => name.endsWith(".yaml"))},owned=thing_id`,
  });
  return await plugin.generate(pluginInput(request, folder.path));
}

/** The refusals of a plugin, one a line, without the folder in front of the file. */
export async function refusalsOf(...args: Parameters<typeof runPluginOn>): Promise<readonly string[]> {
  const outcome = await runPluginOn(...args).catch((error: unknown) => error);
  if (!(outcome instanceof Error)) throw new Error("nothing was refused");
  return outcome.message.split("\n").map((line) => line.replace(/^contracts\/(?:proto\/)?/, ""));
}
