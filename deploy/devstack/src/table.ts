import type { Devstack } from "./devstack.ts";
import { firstSteps } from "./first-steps.ts";
import type { Paint } from "./logs/paint.ts";

/** What a person needs to know once everything is ready: one address, and what runs. */
export function tableOf(stack: Devstack, tookMs: number, paint: Paint): string {
  const rows = Object.keys(stack.opsUrls).map((name) => [name, `pid ${stack.pid(name)}`]);
  if (stack.postgres !== undefined) {
    rows.push(["postgres", `pid ${stack.postgres.pid()}`, `127.0.0.1:${stack.postgres.port}`]);
  }
  if (stack.events.KAFKA_BROKERS !== undefined) rows.push(["kafka", "", stack.events.KAFKA_BROKERS]);
  return `
${paint.good(paint.bold(`Ready in ${(tookMs / 1_000).toFixed(1)} s.`))} Ctrl-C stops everything.
${stack.gateway === "" ? "" : doorOf(stack.gateway, paint)}
${alignColumns(rows)}

`;
}

const doorOf = (gateway: string, paint: Paint): string => `
  ${paint.bold(gateway)}    ${paint.dim(`is all well: ${gateway}/readyz`)}

Try it, in another terminal: npm run demo. Or by hand, as somebody new:

${firstSteps(gateway)
  .map((line) => `  ${line}`)
  .join("\n")}
`;

function alignColumns(rows: readonly (readonly string[])[]): string {
  const widths = rows.reduce<number[]>((most, row) => row.map((cell, i) => Math.max(cell.length, most[i] ?? 0)), []);
  const line = (row: readonly string[]) => row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join("   ");
  return rows.map((row) => `  ${line(row)}`.trimEnd()).join("\n");
}
