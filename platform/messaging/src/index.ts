export { createEventCodec, type EventCodec } from "./channels/event-codec.ts";
export type {
  EventEntry,
  EventInit,
  EventNameOf,
  EventOf,
  EventRegistry,
  EventSchemaOf,
  TopicOf,
} from "./channels/event-registry.ts";
export { brokerSink, createPublisher, type EventSink, outboxSink, type Publisher } from "./channels/publisher.ts";
export { deadLetterTopic, topicSpecs } from "./channels/topic-specs.ts";
export type { ConsumerFailpoint, ConsumerSettings } from "./consumer/consumer-settings.ts";
export { type Consumer, type ConsumerOptions, createConsumer } from "./consumer/create-consumer.ts";
export {
  type EventHandler,
  type EventHandlers,
  type HandlerContext,
  ignore,
  type TopicHandlers,
} from "./consumer/handlers.ts";
export { type BrokerOptions, createBroker } from "./create-broker.ts";
export { createLogBroker, type LogBrokerOptions } from "./log/log-broker.ts";
export { migrateLog } from "./log/log-database.ts";
export type { LogRetention } from "./log/retention.ts";
export { createMemoryBroker, type MemoryBrokerOptions } from "./memory/memory-broker.ts";
export {
  type Batch,
  type Broker,
  type BrokerAdmin,
  type Consumption,
  DEFAULT_PARTITIONS,
  type InboundMessage,
  MAX_MESSAGE_BYTES,
  type OutboundMessage,
  type PartitionLag,
  type PartitionRange,
  type Subscription,
  type TopicSpec,
} from "./port/broker.ts";
