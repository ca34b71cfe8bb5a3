import type { DescField, DescMessage, DescMethod } from "@bufbuild/protobuf";
import type { Place } from "../refusal/place.ts";
import type { OwnFile } from "./own-files.ts";

/** Numbers of the fields of FileDescriptorProto and below that lead to a declaration (descriptor.proto). */
const MESSAGES = 4;
const SERVICES = 6;
const METHODS = 2;
const FIELDS = 2;
const NESTED = 3;

/** Where something is declared; the start of the file when buf sent no source positions. */
export function placeOf(file: OwnFile, desc: DescMessage | DescMethod | DescField): Place {
  const wanted = pathOf(desc).join(".");
  const found = file.desc.proto.sourceCodeInfo?.location.find(({ path }) => path.join(".") === wanted);
  const [line = 0, column = 0] = found?.span ?? [];
  return { file: file.path, line: line + 1, column: column + 1 };
}

function pathOf(desc: DescMessage | DescMethod | DescField): readonly number[] {
  if (desc.kind === "rpc") {
    const { parent } = desc;
    return [SERVICES, parent.file.services.indexOf(parent), METHODS, parent.methods.indexOf(desc)];
  }
  if (desc.kind === "field") return [...pathOf(desc.parent), FIELDS, desc.parent.fields.indexOf(desc)];
  const { parent } = desc;
  if (parent === undefined) return [MESSAGES, desc.file.messages.indexOf(desc)];
  return [...pathOf(parent), NESTED, parent.nestedMessages.indexOf(desc)];
}
