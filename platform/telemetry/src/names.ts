import {
  ATTR_CLIENT_ADDRESS,
  ATTR_ERROR_TYPE,
  ATTR_HTTP_REQUEST_METHOD,
  ATTR_HTTP_RESPONSE_STATUS_CODE,
  ATTR_HTTP_ROUTE,
  ATTR_RPC_METHOD,
  ATTR_RPC_STATUS_CODE,
  ATTR_RPC_SYSTEM_NAME,
  ATTR_SERVER_ADDRESS,
  ATTR_SERVER_PORT,
  ATTR_SERVICE_NAME,
  ATTR_SERVICE_VERSION,
  ATTR_URL_PATH,
  METRIC_HTTP_SERVER_REQUEST_DURATION,
  METRIC_RPC_CLIENT_CALL_DURATION,
  METRIC_RPC_SERVER_CALL_DURATION,
} from "@opentelemetry/semantic-conventions";

/**
 * The name of every attribute that Gantry sets on spans and metrics. In one place, because the conventions for RPC and
 * messaging still move (OpenTelemetry semantic conventions 1.45).
 */
export const attributeNames = {
  clientAddress: ATTR_CLIENT_ADDRESS,
  errorType: ATTR_ERROR_TYPE,
  httpMethod: ATTR_HTTP_REQUEST_METHOD,
  httpRoute: ATTR_HTTP_ROUTE,
  httpStatus: ATTR_HTTP_RESPONSE_STATUS_CODE,
  /** The full method: `pkg.Service/Method`. */
  rpcMethod: ATTR_RPC_METHOD,
  /** The Connect code as text: `not_found`; `ok` for success. */
  rpcStatus: ATTR_RPC_STATUS_CODE,
  /** `connectrpc` or `grpc`. */
  rpcSystem: ATTR_RPC_SYSTEM_NAME,
  serverAddress: ATTR_SERVER_ADDRESS,
  /** `kafka`, `log` or `memory`. Messaging is still in development in the conventions, so its names stand here as text. */
  messagingSystem: "messaging.system",
  /** The topic. */
  messagingDestination: "messaging.destination.name",
  messagingPartition: "messaging.destination.partition.id",
  messagingGroup: "messaging.consumer.group.name",
  /** The id of the event: the same for every repeat. */
  messagingMessageId: "messaging.message.id",
  /** The aggregate, never a person. */
  messagingKey: "messaging.kafka.message.key",
  messagingOffset: "messaging.kafka.offset",
  messagingBatchSize: "messaging.batch.message_count",
  /** The full name of the event's protobuf message. */
  eventType: "gantry.event.type",
  serverPort: ATTR_SERVER_PORT,
  serviceName: ATTR_SERVICE_NAME,
  serviceVersion: ATTR_SERVICE_VERSION,
  urlPath: ATTR_URL_PATH,
} as const;

/** The name of every instrument that Gantry records, with its unit. */
export const instrumentNames = {
  /** Histogram, seconds. */
  httpServerDuration: METRIC_HTTP_SERVER_REQUEST_DURATION,
  /** Histogram, seconds. */
  rpcServerDuration: METRIC_RPC_SERVER_CALL_DURATION,
  /** Histogram, seconds. */
  rpcClientDuration: METRIC_RPC_CLIENT_CALL_DURATION,
  /** Gauge, seconds; the name is still experimental in the conventions. */
  eventLoopDelayP99: "nodejs.eventloop.delay.p99",
  /** Histogram, seconds: one call of the broker. */
  messagingClientDuration: "messaging.client.operation.duration",
  /** Counter. */
  messagingSent: "messaging.client.sent.messages",
  /** Counter. */
  messagingConsumed: "messaging.client.consumed.messages",
  /** Histogram, seconds: the handling of one event. */
  messagingProcessDuration: "messaging.process.duration",
  /** Gauge, seconds: how long the oldest event has waited in the outbox. */
  outboxOldestAge: "gantry.outbox.oldest_age",
  /** Gauge. */
  outboxRows: "gantry.outbox.rows",
  /** Gauge: 1 for a lane that this process has. */
  relayLaneOwner: "gantry.relay.lane_owner",
  /** Histogram, seconds: one round of the relay. */
  relayBatchDuration: "gantry.relay.batch.duration",
  /** Gauge: messages of a topic that a group has not committed yet. */
  consumerLag: "gantry.consumer.lag",
  /** Counter: events that came again. */
  inboxDuplicates: "gantry.inbox.duplicates",
  /** Counter: events that came before one that they follow. */
  inboxEarly: "gantry.inbox.early",
  /** Gauge, seconds: how long the oldest event has waited for one that should have come before it. */
  inboxGapAge: "gantry.inbox.gap_age",
  /** Gauge: aggregates that are held, in the inbox or the outbox. */
  parkedKeys: "gantry.parked_keys",
  /** Counter: messages put into a dead-letter topic. */
  deadLetters: "gantry.dead_letters",
  /** Counter. */
  paymentUnknown: "gantry.payment.unknown",
  /** Counter: payments by wallet that ended; of one that failed, the reason is its `error.type`. */
  walletPayments: "gantry.wallet.payments",
  /** Gauge: payments by wallet that wait for funds. */
  walletWaiting: "gantry.wallet.waiting",
  /** Counter: changes of orders, by the state they led to. */
  orderChanges: "gantry.order.changes",
  /** Counter, minor units: totals of the orders that were paid, by currency. */
  orderRevenue: "gantry.order.revenue",
  /** Gauge, seconds: how long the oldest order that should have expired is overdue. */
  orderExpiryLag: "gantry.order.expiry_lag",
  /** Histogram, seconds: from the begin of a ship to its end. */
  assemblyDuration: "gantry.assembly.duration",
  /** Gauge, seconds: how long the oldest due assembly job is overdue. */
  assemblyLag: "gantry.assembly.lag",
  /** Counter: messages to people of which nobody knows whether they arrived. */
  notificationUnknown: "gantry.notification.unknown",
} as const;
