import { createReport, StepFailed } from "../demo/report.ts";
import { createPaint } from "../logs/paint.ts";
import { tryFreshClone } from "./try-fresh-clone.ts";

// What a new user does, on a machine with old Node: clone, npm start, npm run demo, Ctrl-C. About a minute.
const report = createReport((text) => process.stdout.write(text), createPaint(process.stdout.isTTY));
try {
  await tryFreshClone(report);
} catch (error) {
  if (!(error instanceof StepFailed)) throw error;
}
process.exitCode = report.finish() ? 0 : 1;
