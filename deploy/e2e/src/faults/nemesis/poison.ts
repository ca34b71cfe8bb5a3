import { randomBytes } from "node:crypto";
import { uuidv7 } from "@gantry/kernel";
import type { Broker, OutboundMessage } from "@gantry/messaging";

/** Messages that no consumer can read, one of each kind for a topic, each with a key of its own. */
export function poisonFor(topic: string): readonly OutboundMessage[] {
  const headers = (type: string) => ({ type, event_id: uuidv7(), aggregate_version: "1" });
  const message = (about: Partial<OutboundMessage>): OutboundMessage => ({
    topic,
    key: uuidv7(),
    headers: {},
    value: randomBytes(64),
    ...about,
  });
  // A length-delimited first field that promises more bytes than there are.
  const truncated = Uint8Array.of(0x0a, 0x24, 0x30, 0x31);
  return [
    message({}),
    message({ headers: { type: "", event_id: "none", aggregate_version: "0" } }),
    message({ headers: headers("gantry.order.v1.OrderVanished") }),
    message({ headers: headers(typeOf(topic)), value: truncated }),
    message({ headers: headers(typeOf(topic)), value: new Uint8Array() }),
  ];
}

/** A type that the topic does have. */
function typeOf(topic: string): string {
  if (topic.startsWith("order.")) return "gantry.order.v1.OrderPaid";
  return topic.startsWith("payment.") ? "gantry.payment.v1.PaymentFailed" : "gantry.assembly.v1.ShipAssembled";
}

/** @throws Error when the broker did not take one: then nothing was poisoned */
export async function sendAll(broker: Broker, messages: readonly OutboundMessage[]): Promise<void> {
  const outcomes = await broker.send(messages);
  for (const outcome of outcomes) if (!outcome.acked) throw outcome.error;
}
