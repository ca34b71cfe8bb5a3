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
