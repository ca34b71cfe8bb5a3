/** The last lines of one service. */
export interface LogBuffer {
  add(line: string): void;
  /** Oldest first. */
  lines(): readonly string[];
}

/** Keeps at most `max` lines; the oldest go first. */
export function createLogBuffer(max = 20_000): LogBuffer {
  let lines: string[] = [];
  return {
    add(line) {
      lines.push(line);
      // Rarely, and many at once: shifting an array on every line would cost its length.
      if (lines.length >= 2 * max) lines = lines.slice(-max);
    },
    lines: () => lines.slice(-max),
  };
}
