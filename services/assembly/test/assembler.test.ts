import { timestampDate } from "@bufbuild/protobuf/wkt";
import { eventually } from "@gantry/testing";
import { expect, test } from "vitest";
import { claimDue, finish, nextDueInMs } from "../src/jobs.postgres.ts";
import { aDatabase, aJob, anAssembler, aShip, begin, jobOf, shipsTold } from "./fixture.ts";

test("a ship is told of once it is ready, with the time that it took", async () => {
  const postgres = await aDatabase();
  const job = aJob(1_600);
  await begin(postgres, job);
  await anAssembler(postgres).start();
  const [ship, more] = await eventually(async () => {
    const ships = await shipsTold(postgres);
    expect(ships).not.toEqual([]);
    return ships;
  });
  const { state, created_at, due_at, finished_at } = await jobOf(postgres, job.orderUuid);
  expect(more).toBeUndefined();
  expect(ship).toMatchObject({ orderUuid: job.orderUuid, userUuid: job.userUuid, version: 1, buildTimeSec: 2 });
  expect(state).toBe("DONE");
  expect(due_at.getTime() - created_at.getTime()).toBeGreaterThanOrEqual(1_599);
  expect(finished_at?.getTime()).toBeGreaterThanOrEqual(due_at.getTime());
  expect(ship?.occurredAt && timestampDate(ship.occurredAt)).toEqual(finished_at);
});

test("a ship whose time has not come is left alone", async () => {
  const postgres = await aDatabase();
  await begin(postgres, aJob(3_600_000));
  expect(await postgres.transaction((trx) => claimDue(trx, 10))).toEqual([]);
  expect(await nextDueInMs(postgres.db)).toBeGreaterThan(3_500_000);
});

test("the time of a ship is drawn once: who begins it again changes nothing", async () => {
  const postgres = await aDatabase();
  const job = aJob(3_600_000);
  await begin(postgres, job);
  const first = await jobOf(postgres, job.orderUuid);
  await begin(postgres, { ...job, buildTimeMs: 5 });
  expect(await jobOf(postgres, job.orderUuid)).toEqual(first);
});

test("a thousand ships at once, three replicas and one that fails: each is finished once, none early", async () => {
  const postgres = await aDatabase();
  const jobs = Array.from({ length: 1000 }, (_, index) => aJob(index % 500));
  await begin(postgres, ...jobs);
  const replicas = [
    anAssembler(postgres),
    anAssembler(postgres),
    anAssembler(postgres, "assembly.after_claim:error:2"),
  ];
  for (const replica of replicas) await replica.start();
  await eventually(async () => expect(await shipsTold(postgres)).toHaveLength(1000));
  for (const replica of replicas) await replica.stop();

  const told = (await shipsTold(postgres)).map(({ orderUuid }) => orderUuid);
  expect(new Set(told)).toEqual(new Set(jobs.map(({ orderUuid }) => orderUuid)));
  const early = postgres.db
    .selectFrom("assembly_job")
    .selectAll()
    .where(({ eb, ref }) => eb("finished_at", "<", ref("due_at")));
  expect(await early.execute()).toEqual([]);
  expect(await nextDueInMs(postgres.db)).toBeUndefined();
});

test("a ship that another replica has claimed is passed by, and is there again when that one fails", async () => {
  const postgres = await aDatabase();
  await begin(postgres, aJob(0));
  const other = { claimed: Promise.withResolvers<void>(), fails: Promise.withResolvers<never>() };
  const failing = postgres.transaction(async (trx) => {
    expect(await claimDue(trx, 10)).toHaveLength(1);
    other.claimed.resolve();
    await other.fails.promise;
  });
  await other.claimed.promise;
  expect(await postgres.transaction((trx) => claimDue(trx, 10))).toEqual([]);
  other.fails.reject(new Error("killed"));
  await expect(failing).rejects.toThrow("killed");
  expect(await postgres.transaction((trx) => claimDue(trx, 10))).toHaveLength(1);
});

test("the database refuses a ship that is finished early", async () => {
  const postgres = await aDatabase();
  const job = aJob(3_600_000);
  await begin(postgres, job);
  const early = { ...job, createdAt: new Date(), dueAt: new Date(), finishedAt: new Date() };
  const record = aShip(job);
  await expect(postgres.transaction((trx) => finish(trx, [early], [record]))).rejects.toMatchObject({
    cause: expect.objectContaining({ constraint: "assembly_job_never_early" }),
  });
  expect(await shipsTold(postgres)).toEqual([]);
});
