import type { Devstack } from "./devstack.ts";
import type { Paint } from "./logs/paint.ts";

/** What a person needs to know once everything is ready. */
export function tableOf(stack: Devstack, tookMs: number, paint: Paint): string {
  const rows = Object.entries(stack.opsUrls).map(([name, opsUrl]) => [
    name,
    stack.urls[name] ?? "",
    `${opsUrl}/readyz`,
    `pid ${stack.pid(name)}`,
  ]);
  if (stack.postgres !== undefined) {
    rows.push(["postgres", `127.0.0.1:${stack.postgres.port}`, "", `pid ${stack.postgres.pid()}`]);
  }
  if (stack.events.KAFKA_BROKERS !== undefined) rows.push(["kafka", stack.events.KAFKA_BROKERS]);
  return `
${paint.good(paint.bold(`Ready in ${(tookMs / 1_000).toFixed(1)} s.`))} Ctrl-C stops everything.

${alignColumns(rows)}

Try it:
  npm run demo
  curl -H "x-gantry-identity: $(npm run --silent token)" ${stack.urls.order}/api/v1/orders

`;
}

function alignColumns(rows: readonly (readonly string[])[]): string {
  const widths = rows.reduce<number[]>((most, row) => row.map((cell, i) => Math.max(cell.length, most[i] ?? 0)), []);
  const line = (row: readonly string[]) => row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join("   ");
  return rows.map((row) => `  ${line(row)}`.trimEnd()).join("\n");
}
