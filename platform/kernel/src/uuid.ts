import { randomUUID } from "node:crypto";

/** A UUID in its lower-case text form (RFC 9562). */
export type Uuid = string;

const pattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** Whether `text` is a UUID of any version of RFC 9562, in lower case. */
export const isUuid = (text: string): text is Uuid => pattern.test(text);

/**
 * A new UUID version 7 (RFC 9562, 5.7): 48 bits of Unix milliseconds, then 74 random bits. Ids sort by the millisecond they
 * were made in; within one millisecond their order means nothing.
 */
export function uuidv7(): Uuid {
  // Node's own randomUUIDv7 came with 24.16; any Node 24 must do. A random UUID's tail is what a version 7 ends with.
  const ms = Date.now().toString(16).padStart(12, "0");
  return `${ms.slice(0, 8)}-${ms.slice(8)}-7${randomUUID().slice(15)}`;
}
