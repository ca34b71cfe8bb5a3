import { expect } from "vitest";
import { faultConfig } from "../src/faults/config.ts";
import { type CaseReport, type Chronicle, type FaultCase, newChronicle, runCase } from "../src/faults/fault-case.ts";
import { type FaultSystem, type FaultSystemOptions, startFaultSystem } from "../src/faults/fault-system.ts";
import { leaksOf, secretsOf } from "./secrets.ts";

/** Long enough for the workload, a minute to be quiet, and a busy machine. */
export const CASE_TIMEOUT_MS = 240_000;

/** One system for all cases of a file. Its end expects that nothing secret of anybody stands in a log. */
export interface Drill extends AsyncDisposable {
  readonly system: FaultSystem;
  readonly config: ReturnType<typeof faultConfig>;
  readonly chronicle: Chronicle;
  /** Runs a case and expects that everything holds. */
  run(faultCase: FaultCase): Promise<CaseReport>;
}

export async function startDrill(options?: FaultSystemOptions): Promise<Drill> {
  const config = faultConfig();
  const system = await startFaultSystem(config, options);
  const chronicle = newChronicle();
  return {
    system,
    config,
    chronicle,
    async run(faultCase) {
      const report = await runCase(system, config, chronicle, faultCase);
      expect(report.verdict.violations, `seed ${report.seed}`).toEqual([]);
      return report;
    },
    async [Symbol.asyncDispose]() {
      await system[Symbol.asyncDispose]();
      expect(leaksOf(system.stack, new Set(system.customers().flatMap(secretsOf)))).toEqual([]);
    },
  };
}
