import type { BrokerAdmin, InboundMessage } from "@gantry/messaging";
import { UsageError } from "../usage-error.ts";

/** The newest of each partition that are shown. */
const MAX_SHOWN = 20;
const pattern = /^(?<topic>[a-z0-9.-]{1,249}\.dlq)\/(?<partition>\d{1,6})\/(?<offset>\d{1,18})$/;

/** How a person names a dead letter. */
export const idOf = ({ topic, partition, offset }: InboundMessage): string => `${topic}/${partition}/${offset}`;

/** The newest messages of a dead-letter topic. */
export async function newestDeadLetters(admin: BrokerAdmin, topic: string): Promise<readonly InboundMessage[]> {
  const found: InboundMessage[] = [];
  for (const { partition, first, next } of await admin.ranges(topic)) {
    const recent = next - BigInt(MAX_SHOWN);
    const from = recent > first ? recent : first;
    if (next > first) found.push(...(await admin.read(topic, partition, from, MAX_SHOWN)));
  }
  return found;
}

/** @throws UsageError when there is none of this name */
export async function readDeadLetter(admin: BrokerAdmin, id: string): Promise<InboundMessage> {
  const { topic, partition, offset } = pattern.exec(id)?.groups ?? {};
  if (topic === undefined || partition === undefined || offset === undefined)
    throw new UsageError(`"${id}" is not <topic>.dlq/<partition>/<offset>, as gantry events list shows it`);
  const [message] = await admin.read(topic, Number(partition), BigInt(offset), 1);
  if (message?.offset !== BigInt(offset)) throw new UsageError(`there is no dead letter ${id} (any more)`);
  return message;
}

/** The headers that the message had before it became a dead letter. */
export const ownHeaders = (headers: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !name.startsWith("dlq_")));
