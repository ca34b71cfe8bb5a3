/** Characters that end a line for some reader of JavaScript: the ASCII controls and the two Unicode separators. */
const lineBreakers = /[\p{Cc}\u2028\u2029]/gu;

/**
 * A TypeScript string literal. The only way in which text of a contract may enter code: quotes, backslashes and line
 * separators are escaped, so the text cannot leave the literal.
 */
export const quote = (text: string): string => JSON.stringify(text).replace(/[\p{Cc}\u2028\u2029]/gu, escapeUnit);

const escapeUnit = (unit: string): string => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;

/** A property name of an object literal or type: bare when it is a plain identifier, quoted otherwise. */
export const propertyName = (name: string): string => (isIdentifier(name) ? name : quote(name));

/** Whether `name` is an ASCII identifier; reserved words are fine where properties are named. */
const isIdentifier = (name: string): boolean => /^[A-Za-z_$][A-Za-z0-9_$]*$/.test(name);

/**
 * Text of a contract as one line of a block comment: it cannot end the comment, and it cannot be taken for an instruction
 * to the compiler (`@ts-ignore`).
 */
export const commentText = (text: string): string =>
  text.replace(lineBreakers, " ").replaceAll("*/", "*\\/").replaceAll("@ts-", "@ ts-").replace(/ {2,}/g, " ").trim();

/** A JSDoc block, each paragraph on its own line, indented by `indent`. */
export function docComment(paragraphs: readonly string[], indent = ""): string {
  const lines = paragraphs.map(commentText).filter((line) => line !== "");
  if (lines.length === 0) return "";
  if (lines.length === 1) return `${indent}/** ${lines[0]} */\n`;
  return `${indent}/**\n${lines.map((line) => `${indent} * ${line}\n`).join("")}${indent} */\n`;
}
