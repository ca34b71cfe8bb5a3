import type { Broker, InboundMessage, OutboundMessage } from "@gantry/messaging";
import { readTopic } from "../checker/gather/topics.ts";

/** Sends each event of the topics again, `times` times, whoever sent it. Each pass takes the events it has not seen yet. */
export function createDuplicator(broker: Broker, topics: readonly string[], times: number) {
  const seen = new Set<string>();
  return {
    /** Resolves to how many repeats the broker has acknowledged. */
    async pass(): Promise<number> {
      let sent = 0;
      for (const topic of topics) {
        const fresh = (await readTopic(broker, topic)).filter(({ headers }) => isFresh(headers.event_id, seen));
        for (let time = 0; time < times; time++) sent += await send(broker, fresh);
      }
      return sent;
    },
  };
}

function isFresh(eventId: string | undefined, seen: Set<string>): boolean {
  if (eventId === undefined || seen.has(eventId)) return false;
  seen.add(eventId);
  return true;
}

async function send(broker: Broker, messages: readonly InboundMessage[]): Promise<number> {
  const outcomes = await broker.send(messages.map(again));
  return outcomes.filter(({ acked }) => acked).length;
}

const again = ({ topic, key, headers, value }: InboundMessage): OutboundMessage => ({
  topic,
  key: key ?? "",
  headers,
  value,
});
