import { groupActive } from "../../port/refusals.ts";
import { ask, isNoLongerMember, isRdError } from "../client/errors.ts";
import type { PartitionOffset } from "../client/rd-kafka.ts";
import { type ReaderOptions, withConsumer } from "./read-partition.ts";

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
  await withConsumer(options, group, async (consumer) => {
    try {
      await ask<void>((done) => consumer.commitCb([position], done));
    } catch (error) {
      // Somebody has joined in between: from a stranger the broker takes nothing then.
      if (isRdError(error) && isNoLongerMember(error)) throw groupActive(group, 1);
      throw error;
    }
  });
}
