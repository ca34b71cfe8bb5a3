import { afterAll, beforeAll, describe } from "vitest";
import { describeAdministering } from "./administering.ts";
import { describeDelivering } from "./delivering.ts";
import { describeGroups } from "./groups.ts";
import type { BrokerHarness } from "./harness.ts";
import { describeProcesses } from "./processes.ts";
import { describeSending } from "./sending.ts";

/** Only a run that hangs meets it: the harness's own deadlines are shorter and say what was awaited. */
const TEST_TIMEOUT_MS = 180_000;

/**
 * The promises of the port as tests, for Vitest. Every adapter must pass them; none waits for a fixed time.
 * @param open called once before the first test; what it gives is disposed of after the last
 */
export function describeBroker(name: string, open: () => Promise<BrokerHarness>): void {
  describe(name, { timeout: TEST_TIMEOUT_MS }, () => {
    let opened: BrokerHarness | undefined;
    const harness = (): BrokerHarness => {
      if (opened === undefined) throw new Error("the harness did not open");
      return opened;
    };
    beforeAll(async () => {
      opened = await open();
    }, TEST_TIMEOUT_MS);
    afterAll(async () => opened?.[Symbol.asyncDispose](), TEST_TIMEOUT_MS);
    describeSending(harness);
    describeDelivering(harness);
    describeGroups(harness);
    describeAdministering(harness);
    describeProcesses(harness);
  });
}
