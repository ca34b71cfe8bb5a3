import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import type { Failpoints } from "@gantry/failpoints";
import type { events } from "@gantry/gen/events/registry";
import { ShipAssembledSchema } from "@gantry/gen/proto/gantry/assembly/v1/events_pb";
import type { EventRecord } from "@gantry/kernel";
import type { EventCodec } from "@gantry/messaging";
import type { Postgres } from "@gantry/postgres";
import { createWorker, type Round, type Worker } from "@gantry/runtime";
import { gauge, type Logger, recordSeconds, startConsumerSpan } from "@gantry/telemetry";
import { type AssemblyTables, claimDue, type DueJob, finish, nextDueInMs } from "./jobs.postgres.ts";

/** What the assembler works with. */
export interface AssemblerNeeds {
  readonly postgres: Postgres<AssemblyTables>;
  readonly codec: EventCodec<typeof events>;
  readonly failpoints: Failpoints;
  readonly intervalMs: number;
  readonly logger: Logger;
  /** Called when events are in the outbox. */
  readonly onFinished: () => void;
}

const BATCH = 200;
/** An order has one ship, so this is the first and the last event of its key. */
const VERSION = 1;

/** Finishes ships whose time has come. Every replica may run one: a job belongs to the transaction that claimed it. */
export function createAssembler({ intervalMs, logger, ...needs }: AssemblerNeeds): Worker {
  return createWorker({ name: "assembler", intervalMs, logger, run: () => round(needs, logger) });
}

async function round(needs: Omit<AssemblerNeeds, "intervalMs" | "logger">, logger: Logger): Promise<Round> {
  const done = await assemble(needs);
  if (done.length > 0) needs.onFinished();
  for (const job of done) report(job, logger);
  if (done.length === BATCH) return { more: true };
  const dueInMs = await nextDueInMs(needs.postgres.db);
  gauge("assemblyLag", Math.max(0, -(dueInMs ?? 0)) / 1000);
  return { dueInMs: dueInMs === undefined ? undefined : Math.ceil(dueInMs) };
}

const assemble = ({ postgres, codec, failpoints }: Pick<AssemblerNeeds, "postgres" | "codec" | "failpoints">) =>
  postgres.transaction(async (trx) => {
    const due = await claimDue(trx, BATCH);
    if (due.length === 0) return due;
    await failpoints.hit("assembly.after_claim");
    await finish(
      trx,
      due,
      due.map((job) => shipAssembled(codec, job)),
    );
    return due;
  });

function shipAssembled(codec: EventCodec<typeof events>, job: DueJob): EventRecord {
  const span = startConsumerSpan("assemble ship", job.traceHeaders);
  const record = span.run(() =>
    codec.record(ShipAssembledSchema, {
      orderUuid: job.orderUuid,
      userUuid: job.userUuid,
      version: VERSION,
      occurredAt: timestampFromDate(job.finishedAt),
      buildTimeSec: Math.round(job.buildTimeMs / 1000),
    }),
  );
  span.end();
  return record;
}

function report({ orderUuid, buildTimeMs, createdAt, dueAt, finishedAt }: DueJob, logger: Logger): void {
  recordSeconds("assemblyDuration", (finishedAt.getTime() - createdAt.getTime()) / 1000);
  const lateMs = finishedAt.getTime() - dueAt.getTime();
  logger.info({ order_uuid: orderUuid, build_time_ms: buildTimeMs, late_ms: lateMs }, "ship assembled");
}
