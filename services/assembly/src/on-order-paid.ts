import { randomInt } from "node:crypto";
import type { EventOfName } from "@gantry/gen/events/registry";
import type { EventHandler } from "@gantry/messaging";
import { activeTraceHeaders } from "@gantry/telemetry";
import { type AssemblyTables, beginJob } from "./jobs.postgres.ts";

/** How long a ship may take, both included. */
export interface BuildTimes {
  readonly minMs: number;
  readonly maxMs: number;
}

/** Draws the time that the ship of a paid order takes, once, and begins to build it. */
export const onOrderPaid =
  (
    { minMs, maxMs }: BuildTimes,
    onBegun: () => void,
  ): EventHandler<AssemblyTables, EventOfName<"gantry.order.v1.OrderPaid">> =>
  async ({ orderUuid, userUuid }, { trx, afterCommit }) => {
    const buildTimeMs = randomInt(minMs, maxMs + 1);
    await beginJob(trx, { orderUuid, userUuid, buildTimeMs, traceHeaders: activeTraceHeaders() });
    afterCommit(onBegun);
  };
