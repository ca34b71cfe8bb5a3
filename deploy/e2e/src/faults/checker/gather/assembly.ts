import type { JobRow, LedgerEvent } from "../snapshot.ts";
import { ms, type Read } from "./database.postgres.ts";

export const readJobs = (read: Read): Promise<readonly JobRow[]> =>
  read<JobRow>(
    `SELECT order_uuid AS "orderUuid", ${ms("due_at")} AS "dueAtMs", ${ms("finished_at")} AS "doneAtMs" FROM assembly_job`,
  );

/** Each ship that is built has one event. */
export const assemblyEvents = (jobs: readonly JobRow[]): readonly LedgerEvent[] =>
  jobs
    .filter(({ doneAtMs }) => doneAtMs !== undefined)
    .map(({ orderUuid }) => ({
      topic: "assembly.events.v1",
      key: orderUuid,
      version: 1,
      type: "gantry.assembly.v1.ShipAssembled",
    }));
