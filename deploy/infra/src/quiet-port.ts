import { randomInt } from "node:crypto";
import { isPortFree } from "@gantry/testing";

/**
 * A free port that the kernel gives to nobody by itself: a killed server must find its port again, and clients that try to
 * reach it meanwhile use ports of that other range.
 * @param taken ports that are spoken for, though nobody listens on them yet
 */
export async function quietPort(taken: readonly number[] = []): Promise<number> {
  for (;;) {
    const port = randomInt(10_000, 32_000);
    if (!taken.includes(port) && (await isPortFree(port))) return port;
  }
}
