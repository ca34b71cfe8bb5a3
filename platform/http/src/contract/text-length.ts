/** A surrogate pair: one code point in two code units. */
const pair = /[\ud800-\udbff][\udc00-\udfff]/g;

const codePoints = (text: string): number => text.length - (text.match(pair)?.length ?? 0);

/** Whether a text has more than `limit` code points (JSON Schema's `maxLength`). */
export const isLonger = (text: string, limit: number): boolean => text.length > limit && codePoints(text) > limit;

/** Whether a text has fewer than `limit` code points (JSON Schema's `minLength`). */
export const isShorter = (text: string, limit: number): boolean =>
  text.length < limit || (text.length < 2 * limit && codePoints(text) < limit);
