import { AppError } from "./app-error.ts";

/** The position after which a page starts: the sort keys of the last row shown. */
export type CursorKeys = readonly (string | number)[];

/** The longest token that is read, in characters. Ours have about a hundred. */
const MAX_TOKEN_CHARS = 1024;

/** Makes an opaque page token. Not signed: what it holds must only ever narrow a query the caller may make anyway. */
export const encodeCursor = (keys: CursorKeys): string => Buffer.from(JSON.stringify(keys)).toString("base64url");

/**
 * Reads a page token made by {@link encodeCursor}.
 * @param isKeys says whether the keys have the shape this listing sorts by
 * @throws AppError `invalid_argument` INVALID_CURSOR for anything but a token exactly as it was given out
 */
export function decodeCursor<K extends CursorKeys>(token: string, isKeys: (keys: CursorKeys) => keys is K): K {
  const keys = parse(token);
  if (keys === undefined || !isKeys(keys)) throw invalidCursor();
  return keys;
}

function parse(token: string): CursorKeys | undefined {
  if (token.length > MAX_TOKEN_CHARS) return undefined;
  try {
    const value: unknown = JSON.parse(Buffer.from(token, "base64url").toString("utf8"));
    return Array.isArray(value) && value.every(isKey) && encodeCursor(value) === token ? value : undefined;
  } catch {
    return undefined;
  }
}

/** No NUL and no half characters: a database refuses those, and that would look like our fault instead of the caller's. */
const isKey = (value: unknown): value is string | number =>
  typeof value === "string" ? value.isWellFormed() && !value.includes("\0") : Number.isFinite(value);

const invalidCursor = (): AppError =>
  new AppError({
    kind: "invalid_argument",
    reason: "INVALID_CURSOR",
    message: "The page token is not one that this listing gave out. Start again without it.",
  });
