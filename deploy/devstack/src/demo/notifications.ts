import { eventually } from "@gantry/testing";
import { expectEqual, finding } from "./orders.ts";
import type { Finding } from "./report.ts";

/** The lines that `notification` has written so far, oldest first. */
export type NotificationLog = () => Promise<readonly string[]>;

const WITHIN_MS = 15_000;
/** What is logged of a message that was for nobody. */
const SKIPPED = "message skipped";
/** The messages to a person about an order. */
const kinds = ["ORDER_PAID", "SHIP_ASSEMBLED"];

/** That each of these statuses of an order was logged once, and both messages about it. */
export async function toldOf(
  log: NotificationLog,
  orderUuid: string,
  states: readonly string[],
): Promise<Finding<void>> {
  const note = await eventually(
    async () => {
      const lines = (await log()).flatMap(parse).filter(({ order_uuid }) => order_uuid === orderUuid);
      const statuses = lines.filter(({ message }) => message === "order status changed").map(({ status }) => status);
      for (const state of states)
        expectEqual(`how often ${state} was told`, String(statuses.filter((each) => each === state).length), ["1"]);
      for (const kind of kinds)
        expectEqual("message", lines.find((line) => line.kind === kind && line.message !== SKIPPED)?.kind ?? "none", [
          kind,
        ]);
      return `${statuses.join(" → ")}; messages ${kinds.join(", ")}`;
    },
    { withinMs: WITHIN_MS, everyMs: 100 },
  );
  return finding(undefined, note);
}

interface Line {
  readonly message?: string;
  readonly order_uuid?: string;
  readonly status?: string;
  readonly kind?: string;
}

function parse(line: string): Line[] {
  try {
    const value: unknown = JSON.parse(line);
    return [Object(value)];
  } catch {
    return []; // Not every line is a log line: failpoints and crashes write what they like.
  }
}
