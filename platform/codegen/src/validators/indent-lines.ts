/** Indents code that has one statement a line, each block opened at a line's end and closed at a line's start. */
export function indentLines(text: string): string {
  let depth = 0;
  const lines = text.split("\n").map((line) => {
    if (line.startsWith("}")) depth--;
    const indented = line === "" ? "" : "  ".repeat(Math.max(depth, 0)) + spaced(line);
    if (line.endsWith("{")) depth++;
    return indented;
  });
  return lines
    .join("\n")
    .replace(/\n\}\n+/g, "\n}\n\n")
    .replace(/\n{3,}/g, "\n\n")
    .replace(/\}\n +else/g, "} else");
}

const spaced = (line: string): string => line.replace(/^(if|for)\(/, "$1 (").replace(/\)\{$/, ") {");
