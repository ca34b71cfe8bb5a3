/** Rows below a title line, the columns aligned. */
export function table(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [titles, ...rows];
  const widths = titles.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    `  ${widths.map((width, column) => (row[column] ?? "").padEnd(width)).join("  ")}`.trimEnd();
  return `${all.map(line).join("\n")}\n`;
}

const units = [
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["min", 60_000],
  ["s", 1000],
] as const;

/** A duration for people: `3 min`. */
export function age(ms: number): string {
  const [unit, size] = units.find(([, least]) => ms >= least) ?? ["ms", 1];
  return `${Math.floor(ms / size)} ${unit}`;
}
