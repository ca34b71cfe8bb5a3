/** Cuts an encoded message into its fields, tag included, so that each can be shown on a line of its own. */
export function wireFields(bytes: Uint8Array): Uint8Array[] {
  const fields: Uint8Array[] = [];
  for (let start = 0, end = 0; start < bytes.length; start = end) {
    end = endOfField(bytes, start);
    fields.push(bytes.subarray(start, end));
  }
  return fields;
}

/** The wire types that protobuf still uses: varint, 64 bits, a length and its bytes, 32 bits. */
function endOfField(bytes: Uint8Array, start: number): number {
  const tag = varint(bytes, start);
  switch (tag.value & 7) {
    case 0:
      return varint(bytes, tag.end).end;
    case 1:
      return tag.end + 8;
    case 2: {
      const length = varint(bytes, tag.end);
      return length.end + length.value;
    }
    case 5:
      return tag.end + 4;
    default:
      throw new Error(`Wire type ${tag.value & 7} at byte ${start} is none of 0, 1, 2 and 5.`);
  }
}

function varint(bytes: Uint8Array, start: number): { value: number; end: number } {
  let value = 0;
  for (const [index, byte] of bytes.subarray(start).entries()) {
    value += (byte & 0x7f) * 2 ** (7 * index);
    if (byte < 0x80) return { value, end: start + index + 1 };
  }
  throw new Error(`The number at byte ${start} has no end.`);
}
