import type { DescMessage } from "@bufbuild/protobuf";
import type { Api } from "../openapi/api.ts";
import { isObject } from "../openapi/json.ts";
import type { ContractNode } from "../openapi/node.ts";
import type { PluginInput } from "../plugin/plugin.ts";
import { customOption } from "../proto/custom-option.ts";
import { ownFiles } from "../proto/own-files.ts";

/** The names of fields marked `sensitive`, as the contracts write them, sorted. */
export function sensitiveFields(input: PluginInput, api: Api): readonly string[] {
  const option = customOption(input, "gantry.policy.v1.sensitive");
  const protos = ownFiles(input)
    .flatMap(({ desc }) => desc.messages.flatMap(withNested))
    .flatMap(({ fields }) => fields.filter((field) => option.isTrue(field)).map(({ name }) => name));
  return [...new Set([...protos, ...sensitiveOfDocument(api.root)])].toSorted();
}

const withNested = (message: DescMessage): readonly DescMessage[] => [
  message,
  ...message.nestedMessages.flatMap(withNested),
];

/** Properties and parameters marked `x-gantry-sensitive`, anywhere in the document. */
function sensitiveOfDocument(node: ContractNode): readonly string[] {
  const children = isObject(node.value) ? node.members() : node.items();
  const own = node.member("x-gantry-sensitive")?.value === true ? [node.text("name") ?? node.name] : [];
  return [...own, ...children.flatMap(sensitiveOfDocument)];
}
