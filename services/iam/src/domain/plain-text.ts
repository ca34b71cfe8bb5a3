/** U+FFFD is what a decoder leaves of bytes that are not UTF-8: two different broken texts would look the same. */
const broken = /[\p{Cc}\uFFFD]/u;

/** Whether a text is whole and can be kept: no control characters (NUL among them), no lone surrogates, nothing undecodable. */
export const isPlainText = (text: string): boolean => text.isWellFormed() && !broken.test(text);
