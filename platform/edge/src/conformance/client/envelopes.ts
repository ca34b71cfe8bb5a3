/** A message as gRPC, gRPC-Web and Connect's streams send it: a byte of flags, four of length. */
export function envelope(data: string | Uint8Array, flags = 0): Buffer {
  const bytes = Buffer.from(data);
  const prefix = Buffer.alloc(5);
  prefix.writeUInt8(flags);
  prefix.writeUInt32BE(bytes.length, 1);
  return Buffer.concat([prefix, bytes]);
}

/** The messages of a body; a last one that is not whole is left out. */
export function framesOf(bytes: Buffer): { readonly flags: number; readonly data: Buffer }[] {
  const frames: { flags: number; data: Buffer }[] = [];
  for (let at = 0; at + 5 <= bytes.length; ) {
    const end = at + 5 + bytes.readUInt32BE(at + 1);
    if (end > bytes.length) break;
    frames.push({ flags: bytes.readUInt8(at), data: bytes.subarray(at + 5, end) });
    at = end;
  }
  return frames;
}
