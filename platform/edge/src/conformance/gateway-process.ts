import { once } from "node:events";
import { createInterface } from "node:readline";
import type { GatewaySetup, GatewayTarget } from "./target.ts";

/**
 * Runs a gateway as a process of its own, for suites that start programs: reads one line of JSON, a {@link GatewaySetup}, starts
 * the gateway, writes its URL as a line, and drains it when stdin ends or SIGTERM comes.
 */
export async function runGatewayProcess(target: GatewayTarget): Promise<void> {
  const input = createInterface({ input: process.stdin });
  const [line] = await once(input, "line");
  const setup: GatewaySetup = JSON.parse(line);
  const gateway = await target.start(setup);
  process.stdout.write(`${gateway.url}\n`);
  await Promise.race([once(input, "close"), once(process, "SIGTERM")]);
  await gateway[Symbol.asyncDispose]();
}
