import { groupActive } from "../../port/refusals.ts";
import { ask, isNoLongerMember } from "../client/errors.ts";
import { codes, type PartitionOffset, type RdError, type RdMessage } from "../client/rd-kafka.ts";
import { type ReaderOptions, withConsumer } from "./read-partition.ts";

const WITHIN_MS = 10_000;
const WAIT_MS = 50;

/**
 * Sets where a group without members goes on.
 * @param members as many as are known of
 * @throws AppError `failed_precondition` GROUP_ACTIVE
 */
export async function setPosition(
  options: ReaderOptions,
  group: string,
  position: PartitionOffset,
  members: number,
): Promise<void> {
  if (members > 0) throw groupActive(group, members);
  let answer: { readonly error: RdError | undefined } | undefined;
  const offset_commit_cb = (error: RdError | undefined): void => {
    answer = { error };
  };
  const commit = async (consumer: Parameters<Parameters<typeof withConsumer>[2]>[0]): Promise<void> => {
    consumer.setDefaultConsumeTimeout(WAIT_MS);
    await ask<void>((done) => consumer.commitCb([position], done));
    // The answer comes by fetching, of which there is nothing: it has no partitions.
    for (const until = Date.now() + WITHIN_MS; answer === undefined && Date.now() < until; ) {
      await ask<readonly RdMessage[]>((done) => consumer.consume(1, done));
    }
    const error = answer === undefined ? noAnswer : answer.error;
    // Somebody has joined in between: from a stranger the broker takes nothing then.
    if (error !== undefined) throw isNoLongerMember(error) ? groupActive(group, 1) : error;
  };
  await withConsumer(options, group, commit, { offset_commit_cb });
}

const noAnswer: RdError & Error = Object.assign(new Error("the commit was not answered"), { code: codes.timedOut });
