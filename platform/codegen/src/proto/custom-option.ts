import {
  type DescField,
  type DescMessage,
  type DescMethod,
  getOption,
  hasOption,
  isMessage,
  toJson,
} from "@bufbuild/protobuf";
import type { PluginInput } from "../plugin/plugin.ts";

/** A reader of a custom option of our contracts. Nothing when the option is not set, or not even defined. */
export interface CustomOption {
  /** Whether a boolean option is true. */
  isTrue(desc: DescField): boolean;
  /** A message option as JSON with the proto's own names: enum values by name, what is not set left out. */
  read(desc: DescMessage | DescMethod): Readonly<Record<string, unknown>> | undefined;
}

export function customOption({ registry }: Pick<PluginInput, "registry">, name: string): CustomOption {
  const extension = registry.getExtension(name);
  return {
    isTrue: (desc) => extension !== undefined && hasOption(desc, extension) && getOption(desc, extension) === true,
    read(desc) {
      if (extension?.message === undefined || !hasOption(desc, extension)) return undefined;
      const value = getOption(desc, extension);
      if (!isMessage(value)) return undefined;
      const json = toJson(extension.message, value, { useProtoFieldName: true });
      return typeof json === "object" && json !== null && !Array.isArray(json) ? json : undefined;
    },
  };
}
