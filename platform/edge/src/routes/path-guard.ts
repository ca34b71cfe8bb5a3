/**
 * A path that means the same to everybody who reads it: segments that are neither empty nor dots, of the characters of
 * RFC 3986 without `;`, and of percent-encodings.
 */
const plainPath = /^(?:\/(?!\/)(?!\.{1,2}(?:\/|$))[\w\-.~!$&'()*+,=:@%]*)+$/;

/**
 * What an encoding must not hide: control bytes, `#`, `%`, `.`, `/`, `;`, `?`, `\`, DEL. Whoever decodes once more or
 * once less than we do would read another path.
 */
const hiding = /%(?:[01]|2[35ef]|3[bf]|5c|7f)/i;

/** Everything that a query may not hold: a fragment, control bytes, what is not ASCII. */
const oddQuery = /[^\x21\x22\x24-\x7e]/;

/**
 * The path of a request target, without the query, if it can be matched and handed on as it is; undefined for one that is
 * to be refused: not in origin form (RFC 9112, 3.2.1), or with a second meaning. Nothing is normalised, so what was
 * matched is what the service gets.
 */
export function guardedPath(target: string): string | undefined {
  const mark = target.indexOf("?");
  const path = mark === -1 ? target : target.slice(0, mark);
  if (!plainPath.test(path) || (path.includes("%") && isHiding(path))) return undefined;
  if (mark !== -1 && oddQuery.test(target.slice(mark))) return undefined;
  return path;
}

function isHiding(path: string): boolean {
  if (hiding.test(path)) return true;
  try {
    decodeURIComponent(path);
    return false;
  } catch {
    return true; // no encoding, or one of bytes that are no UTF-8: an overlong dot, for example
  }
}
