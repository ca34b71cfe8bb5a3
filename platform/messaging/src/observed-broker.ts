import type { SendOutcome } from "@gantry/kernel";
import { attributeNames, count, recordSeconds, SpanKind, withSpan } from "@gantry/telemetry";
import type { Broker, OutboundMessage } from "./port/broker.ts";

/**
 * The same broker with a span and metrics for what is sent. The span names the spans in which the events were made: it is the
 * relay's own work, long after them, and no part of any one.
 */
export const observed = (broker: Broker, system: string): Broker => ({
  name: broker.name,
  admin: broker.admin,
  start: () => broker.start(),
  stop: () => broker.stop(),
  consume: (subscription) => broker.consume(subscription),
  send: (messages) => {
    const attributes = { [attributeNames.messagingSystem]: system, ...batchAttributes(messages) };
    const links = messages.map(({ headers }) => headers);
    return withSpan(spanName(messages), { kind: SpanKind.CLIENT, attributes, links }, async () => {
      const start = performance.now();
      const outcomes = await broker.send(messages);
      recordSeconds("messagingClientDuration", (performance.now() - start) / 1000, {
        [attributeNames.messagingSystem]: system,
      });
      countSent(messages, outcomes, system);
      return outcomes;
    });
  },
});

const onlyTopic = (messages: readonly OutboundMessage[]): string | undefined => {
  const [topic, ...others] = new Set(messages.map((message) => message.topic));
  return others.length === 0 ? topic : undefined;
};

function batchAttributes(messages: readonly OutboundMessage[]) {
  const topic = onlyTopic(messages);
  const size = { [attributeNames.messagingBatchSize]: messages.length };
  return topic === undefined ? size : { ...size, [attributeNames.messagingDestination]: topic };
}

const spanName = (messages: readonly OutboundMessage[]): string => {
  const topic = onlyTopic(messages);
  return topic === undefined ? "send" : `send ${topic}`;
};

/** Per topic and result, so that a topic that fails shows. */
function countSent(messages: readonly OutboundMessage[], outcomes: readonly SendOutcome[], system: string): void {
  const results = outcomes.map((outcome, at) => ({
    topic: messages[at]?.topic ?? "",
    error: outcome.acked ? undefined : outcome.error.reason,
  }));
  for (const same of Map.groupBy(results, ({ topic, error }) => `${topic} ${error}`).values()) {
    const [{ topic, error } = { topic: "", error: undefined }] = same;
    count("messagingSent", same.length, {
      [attributeNames.messagingSystem]: system,
      [attributeNames.messagingDestination]: topic,
      ...(error === undefined ? {} : { [attributeNames.errorType]: error }),
    });
  }
}
