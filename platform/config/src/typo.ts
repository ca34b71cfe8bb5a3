/** How many letters apart two names may be for one to be a slip of the other. */
const MAX_DISTANCE = 2;

/**
 * The unset variable that someone most likely meant by `unknown`. Names further away are left alone: Kubernetes, for one,
 * sets `ORDER_SERVICE_HOST` and `ORDER_PORT` on its own.
 */
export function meant(unknown: string, unset: readonly string[]): string | undefined {
  let best: string | undefined;
  let bestDistance = MAX_DISTANCE + 1;
  for (const name of unset) {
    if (Math.abs(name.length - unknown.length) > MAX_DISTANCE) continue;
    const distance = editDistance(unknown, name);
    if (distance < bestDistance) [best, bestDistance] = [name, distance];
  }
  return best;
}

/** Levenshtein's distance, row by row. */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (const [row, letter] of [...a].entries()) {
    const current = [row + 1];
    for (const [column, other] of [...b].entries()) {
      const replaced = at(previous, column) + (letter === other ? 0 : 1);
      current.push(Math.min(replaced, at(previous, column + 1) + 1, at(current, column) + 1));
    }
    previous = current;
  }
  return at(previous, b.length);
}

const at = (row: readonly number[], index: number): number => row[index] ?? Number.POSITIVE_INFINITY;
