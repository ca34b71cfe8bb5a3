import type { Customer } from "@gantry/devstack";
import type { CheckRequest, Verdict } from "./checker/check-request.ts";
import { runChecker } from "./checker/run-checker.ts";
import type { FaultConfig } from "./config.ts";
import type { FaultSystem } from "./fault-system.ts";
import type { Call } from "./history/call.ts";
import { limits } from "./limits.ts";
import { untilQuiet } from "./settle.ts";
import { plan, type StoryKind } from "./workload/plan.ts";
import { peopleOf, runWorkload, type Workload } from "./workload/run-workload.ts";

/** A fault at work. */
export interface Striking {
  readonly system: FaultSystem;
  readonly workload: Workload;
  /** The seed of this case: whatever is drawn by lot is drawn from it. */
  readonly seed: string;
}

/**
 * Does the damage while the workload runs, and heals it. Resolves to how often it struck, as proven: a fault that did not
 * strike fails the case.
 */
export type Strike = (striking: Striking) => Promise<number>;

/** One case: a workload, and a fault in it. */
export interface FaultCase {
  /** The number in the catalogue of faults and what happens, for example `#8 payment killed after its commit`. */
  readonly name: string;
  /** Default: as configured. */
  readonly orders?: number;
  /** Default: all kinds. */
  readonly kinds?: readonly StoryKind[];
  /** Stories at once. Default 8. */
  readonly atOnce?: number;
  /** What may be left undone at the end. Default: nothing. */
  readonly allowed?: readonly string[];
  readonly strike: Strike;
}

/** What a case was like. */
export interface CaseReport {
  readonly seed: string;
  readonly verdict: Verdict;
  readonly struck: number;
  /** From the end of workload and fault until everything was quiet. */
  readonly drainedMs: number;
  readonly tookMs: number;
}

/** Everything that was ever asked of one system, and what was done to its topics; the checker judges all of it each time. */
export interface Chronicle {
  readonly calls: Call[];
  readonly injectedKeys: string[];
}

export const newChronicle = (): Chronicle => ({ calls: [], injectedKeys: [] });

/**
 * Arm, work, heal, settle, check. Prints a line with the seed.
 * @throws Error when the fault did not strike, or the system did not become quiet
 */
export async function runCase(
  system: FaultSystem,
  config: FaultConfig,
  chronicle: Chronicle,
  faultCase: FaultCase,
): Promise<CaseReport> {
  const startedAt = Date.now();
  const seed = `${config.seed}/${faultCase.name}`;
  const stories = plan({
    seed,
    orders: faultCase.orders ?? config.orders,
    people: 8,
    parts: system.shop.catalogue.size,
    ...(faultCase.kinds !== undefined && { kinds: faultCase.kinds }),
  });
  const people = await peopleOf(system.shop, stories);
  const workload = runWorkload(system.shop, stories, people, faultCase.atOnce ?? 8);
  const struck = await striking(faultCase, { system, workload, seed }, chronicle);
  const drainedMs = await untilQuiet(system, faultCase.allowed);
  const verdict = await check(system, chronicle, seed, drainedMs);
  const report = { seed, verdict, struck, drainedMs, tookMs: Date.now() - startedAt };
  process.stdout.write(`${lineOf(system.mode, config.seed, faultCase, report)}\n`);
  return report;
}

/** Runs the fault beside the workload. Whatever fails, the workload's end is waited for: the next case is another one. */
async function striking(faultCase: FaultCase, at: Striking, chronicle: Chronicle): Promise<number> {
  try {
    const struck = await faultCase.strike(at);
    if (struck < 1) throw new Error(`${faultCase.name}: the fault did not strike (seed ${at.seed})`);
    return struck;
  } catch (error) {
    at.workload.stop();
    throw error;
  } finally {
    await at.workload.done;
    chronicle.calls.push(...at.workload.calls);
  }
}

/** The chat that each of them has told IAM of. */
export const contactsOf = (customers: readonly Customer[]): CheckRequest["contacts"] =>
  Object.fromEntries(customers.map(({ userUuid, notificationMethods: [method] }) => [userUuid, method?.contact ?? ""]));

/** Has a process of its own look at everything. */
const check = (system: FaultSystem, chronicle: Chronicle, seed: string, drainedMs: number): Promise<Verdict> =>
  runChecker({
    seed,
    calls: chronicle.calls,
    ...system.places,
    contacts: contactsOf(system.customers()),
    telegram: system.telegram.deliveries().map(({ chatId, shown }) => ({ chatId, shown })),
    drain: { tookMs: drainedMs, limitMs: limits.quietWithinMs },
    injected: { keys: chronicle.injectedKeys },
  });

const lineOf = (mode: string, seed: string, { name }: FaultCase, report: CaseReport): string => {
  const { struck, drainedMs, tookMs, verdict } = report;
  const { orders = 0, calls = 0, messages = 0 } = verdict.seen;
  const judged = verdict.ok ? "all holds" : `${verdict.violations.length} violations`;
  return (
    `${name} (${mode}, seed ${seed}): struck ${struck}×, quiet after ${drainedMs} ms, ${tookMs} ms in all; ` +
    `${orders} orders, ${calls} calls, ${messages} messages: ${judged}`
  );
};
