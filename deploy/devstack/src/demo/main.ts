import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { LOGS, stateDirectory } from "../launcher.ts";
import { createPaint } from "../logs/paint.ts";
import { readRunFile } from "../run-file.ts";
import { createReport } from "./report.ts";
import { walk } from "./walk.ts";

/** The whole of `npm run demo`. Resolves to its exit code: 1 when a step was wrong or nothing runs. */
async function runDemo(): Promise<number> {
  const paint = createPaint(process.stdout.isTTY);
  const running = await readRunFile(stateDirectory);
  if (running === undefined) {
    process.stderr.write(`${paint.error("Nothing runs here.")} Start it in another terminal first: npm start\n`);
    return 1;
  }
  const report = createReport((text) => process.stdout.write(text), paint);
  const log = join(stateDirectory, LOGS, "notification.log");
  const notifications = async () => (await readFile(log, "utf8")).split("\n");
  await walk({ gateway: running.gateway, notifications }, report);
  return report.finish() ? 0 : 1;
}

process.exitCode = await runDemo();
