import { randomUUIDv7 } from "node:crypto";

/** A UUID in its lower-case text form (RFC 9562). */
export type Uuid = string;

const pattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** Whether `text` is a UUID of any version of RFC 9562, in lower case. */
export const isUuid = (text: string): text is Uuid => pattern.test(text);

/**
 * A new UUID version 7 (RFC 9562, 5.7): 48 bits of Unix milliseconds, then randomness. Ids sort by the millisecond they
 * were made in; within one millisecond their order means nothing.
 */
export const uuidv7 = (): Uuid => randomUUIDv7();
