import { eventually } from "@gantry/testing";
import { expect, test } from "vitest";
import type { PartitionOffset } from "../src/kafka/client/rd-kafka.ts";
import { Committer } from "../src/kafka/consumer/committer.ts";

const at = (partition: number, offset: number): PartitionOffset => ({ topic: "t", partition, offset });

/** A committer whose broker answers by itself from request number `answersFrom` on, and when the test says so. */
function setUp({
  answersFrom = Number.POSITIVE_INFINITY,
  answerWithinMs,
}: Partial<Record<"answersFrom" | "answerWithinMs", number>> = {}) {
  const requests: (readonly PartitionOffset[])[] = [];
  const failures: unknown[] = [];
  const committer: Committer = new Committer({
    consumer: {
      commitCb(offsets, queued) {
        queued(null, void requests.push(offsets));
        if (requests.length >= answersFrom) committer.answered(undefined, offsets);
      },
    },
    onFailure: (error) => failures.push(error),
    ...(answerWithinMs === undefined ? {} : { answerWithinMs }),
  });
  return { committer, requests, failures };
}

test("a request that is never answered is made again, with what is newest by then", async () => {
  const { committer, requests, failures } = setUp({ answersFrom: 2, answerWithinMs: 1 });
  committer.add(at(0, 5));
  committer.add(at(0, 6));
  await committer.flush();
  expect(requests).toEqual([[at(0, 5)], [at(0, 6)]]);
  expect(failures).toEqual([expect.objectContaining({ message: "the broker did not answer a commit" })]);
});

test("the late answer to a request that was given up does not stand for a later one", async () => {
  const { committer, requests } = setUp();
  let flushed = false;
  committer.add(at(0, 6));
  void committer.flush().then(() => (flushed = true));
  await eventually(() => requests.length === 1);
  committer.answered(undefined, [at(0, 5)]);
  committer.answered(undefined, [at(1, 6)]);
  committer.answered(undefined, [at(0, 6), at(1, 6)]);
  await new Promise(setImmediate);
  expect(flushed).toBe(false);
  committer.answered(undefined, [at(0, 6)]);
  await committer.flush();
  expect(requests).toHaveLength(1);
});
