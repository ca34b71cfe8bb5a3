import type { Outcome } from "./results.ts";

/**
 * The gateways side by side: case by gateway as a Markdown table, then why they differ where they do, then the counts. Without
 * `all` only the cases in which they are not the same.
 */
export function table(outcomes: readonly Outcome[], all: boolean): string {
  const gateways = [...new Set(outcomes.map(({ gateway }) => gateway))].toSorted();
  const cases = Map.groupBy(outcomes, ({ id }) => id);
  const cell = (of: readonly Outcome[], gateway: string): string =>
    of.find((each) => each.gateway === gateway)?.outcome ?? "not run";
  const rows = [...cases].map(([id, of]) => ({ id, cells: gateways.map((gateway) => cell(of, gateway)) }));
  const shown = rows.filter(({ cells }) => all || cells.some((each) => each !== "as all"));
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [
    line(["case", ...gateways]),
    line(["---", ...gateways.map(() => "---")]),
    ...shown.map(({ id, cells }) => line([id.replaceAll("|", "\\|"), ...cells])),
    "",
    ...outcomes
      .filter(({ why }) => why !== undefined)
      .map(({ gateway, id, why }) => `${gateway} differs in ${id}: ${why}`),
    ...gateways.map((gateway) => counts(outcomes, gateway)),
  ].join("\n");
}

function counts(outcomes: readonly Outcome[], gateway: string): string {
  const own = outcomes.filter((each) => each.gateway === gateway);
  const count = (outcome: Outcome["outcome"]): number => own.filter((each) => each.outcome === outcome).length;
  return `${gateway}: ${own.length} cases, ${count("as all")} as all, ${count("differs")} differ, ${count("FAILED")} failed`;
}
