import { readFile } from "node:fs/promises";
import { fromJson, type JsonValue } from "@bufbuild/protobuf";
import { type Part, PartSchema } from "@gantry/gen/proto/gantry/inventory/v1/part_pb";

const file = new URL("../seed/parts.json", import.meta.url);

/** The parts that a new catalogue begins with. Their ids never change. */
export async function seedParts(): Promise<readonly Part[]> {
  const parts: JsonValue = JSON.parse(await readFile(file, "utf8"));
  if (!Array.isArray(parts)) throw new TypeError("seed/parts.json is not a list");
  return parts.map((part) => fromJson(PartSchema, part));
}
